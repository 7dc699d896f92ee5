import numpy as np

from xlt.lab.dictionaries import chosen, count_pairs, entry_lines, reversed_pairs, training_words

SRC = ["a", "b", "c"]
TGT = ["x", "y", "z"]


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


# b-x three times, a-y twice, a-x, c-z twice: a and b are as frequent, c less.
PARTS = [(ints(1, 0, 1, 2), ints(0, 1, 0, 2)), (ints(0, 0, 1, 2), ints(1, 0, 0, 2))]


def test_by_hand() -> None:
    pairs = count_pairs(PARTS)
    assert entry_lines(pairs, SRC, TGT) == "a y\na x\nb x\nc z\n"
    # x stands four times, y and z twice.
    assert entry_lines(reversed_pairs(pairs), TGT, SRC) == "x b\nx a\ny a\nz c\n"
    assert entry_lines(chosen(pairs, pairs.src == 2), SRC, TGT) == "c z\n"


def test_ten_of_thirteen_words_are_for_training() -> None:
    numbers = np.arange(26)
    # The later, the more frequent.
    pairs = count_pairs([(np.repeat(numbers, numbers + 1), np.repeat(numbers, numbers + 1))])
    assert training_words(pairs).tolist() == list(range(25, 5, -1))
