"""The numbering of concepts, worked out for a world of few of them."""

from xlt.lab.inventory import CASES, CELLS, Inventory
from xlt.lab.world import Concepts

FEW = Inventory(Concepts(topics=2, nouns=8, verbs=12, adjectives=4, adverbs=5, adpositions=4, numerals=3, names=9))


def test_classes_follow_each_other() -> None:
    # Half as many adverbs of time as of manner, and given names as names, rounded down.
    assert FEW.sizes == {
        "noun": 8, "verb": 12, "adjective": 4, "manner": 5, "time": 2, "adposition": 4, "numeral": 3, "given": 4,
        "name": 9, "degree": 3, "article": 2, "demonstrative": 4, "pronoun": 6, "coordinator": 3, "subordinator": 4,
        "negation": 1, "auxiliary": 3, "particle": 1, "comma": 1, "stop": 1,
    }  # fmt: skip
    assert [FEW.starts[name] for name in ("noun", "verb", "adjective", "manner", "time")] == [0, 8, 20, 24, 29]
    assert FEW.total == 80
    assert FEW.starts["stop"] == 79
    for name, start in FEW.starts.items():
        assert FEW.class_of[start : start + FEW.sizes[name]] == [name] * FEW.sizes[name]
    assert len(FEW.class_of) == 80


def test_there_is_one_of_each_at_least() -> None:
    assert Inventory(Concepts(adverbs=1, names=1)).sizes["time"] == 1
    assert Inventory(Concepts(adverbs=1, names=1)).sizes["given"] == 1


def test_names_of_persons_and_places() -> None:
    # 0.3 of 9 names serve both: 2; so persons have the first 5, places the last 6, and two of them are the same.
    assert FEW.families.tolist() == [0, 1, 2, 3, 4]
    assert FEW.places.tolist() == [3, 4, 5, 6, 7, 8]
    none = Inventory(Concepts(names=8, ambiguous_names=0))
    assert (none.families.tolist(), none.places.tolist()) == ([0, 1, 2, 3], [4, 5, 6, 7])
    both = Inventory(Concepts(names=8, ambiguous_names=1000))
    assert both.families.tolist() == both.places.tolist() == list(range(8))


def test_a_word_has_as_many_cells_as_a_noun_has_cases_and_numbers() -> None:
    assert CELLS == CASES * 2
