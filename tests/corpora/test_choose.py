"""Which sentence pairs are taken."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.corpora.choose import Choice, chosen_blocks, parse_rows, parse_shard
from xlt.corpora.parallel import Corpus, Pairs
from xlt.errors import XltError

Found = dict[int, tuple[str, str, bool]]


def corpus(sentences: list[str], size: int = 3) -> Corpus:
    def read() -> Iterator[Pairs]:
        for start in range(0, len(sentences), size):
            part = sentences[start : start + size]
            yield part, [f"{start + i}" for i in range(len(part))]

    return Corpus("x", (), "memory", read, {})


def choose(sentences: list[str], choice: Choice, size: int = 3) -> Found:
    chosen: Found = {}
    for block in chosen_blocks(corpus(sentences, size), choice):
        assert len(block.ids) == len(block.src) == len(block.tgt) == len(block.held_out) > 0
        for i, s, t, h in zip(block.ids.tolist(), block.src, block.tgt, block.held_out.tolist(), strict=True):
            chosen[i] = (s, t, h)
    assert list(chosen) == sorted(chosen)
    assert all(chosen[i][:2] == (sentences[i], str(i)) for i in chosen)
    return chosen


sentences_ = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=25)


@st.composite
def choices(draw: st.DrawFn) -> tuple[list[str], Choice]:
    sentences = draw(sentences_)
    limit = draw(st.none() | st.integers(1, 30))
    total = min(len(sentences), limit or len(sentences))
    sample = draw(st.none() | st.integers(1, total))
    hold_out = draw(st.none() | st.integers(1, sample or total))
    return sentences, Choice(limit, sample, hold_out, None, draw(st.integers(0, 3)))


bounds = st.none() | st.integers(-30, 30)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefg"), max_size=25), bounds, bounds, st.integers(1, 7), st.none() | st.integers(1, 9)
)
def test_rows_are_a_slice_before_everything_else(
    sentences: list[str], start: int | None, stop: int | None, size: int, limit: int | None
) -> None:
    numbers = list(range(len(sentences)))[start:stop][:limit]
    assert list(choose(sentences, Choice(limit, rows=(start, stop)), size)) == numbers
    if numbers:
        # A draw is made of the slice alone, as of a corpus that is nothing else.
        alone = [sentences[i] for i in numbers]
        drawn = choose(sentences, Choice(limit, (len(numbers) + 1) // 2, 1, rows=(start, stop)), size)
        of_alone = {
            numbers[i]: held for i, (_, held) in drawn_of(alone, Choice(None, (len(numbers) + 1) // 2, 1)).items()
        }
        assert {i: held for i, (_, _, held) in drawn.items()} == of_alone
        # Shards are told by the numbers in the corpus.
        assert list(choose(sentences, Choice(limit, shard=(1, 3), rows=(start, stop)), size)) == [
            i for i in numbers if i % 3 == 0
        ]


def drawn_of(sentences: list[str], choice: Choice) -> dict[int, tuple[str, bool]]:
    return {i: (s, held) for i, (s, _, held) in choose(sentences, choice).items()}


@settings(max_examples=300, deadline=None)
@given(choices())
def test_what_a_choice_promises(given_: tuple[list[str], Choice]) -> None:
    sentences, choice = given_
    chosen = choose(sentences, choice)
    total = min(len(sentences), choice.limit or len(sentences))
    assert all(i < total for i in chosen)
    assert len(chosen) == (choice.sample or total)

    held = Counter(s for s, _, h in chosen.values() if h)
    others = {s for s, _, h in chosen.values() if not h}
    assert not set(held) & others  # copies of a sentence go together
    if choice.hold_out is None:
        assert not held
    else:
        # As many as asked for, and more only because of copies.
        assert held.total() >= choice.hold_out > held.total() - max(held.values())


@settings(max_examples=150, deadline=None)
@given(choices(), st.integers(1, 6), st.integers(1, 7))
def test_shards_make_up_the_whole(given_: tuple[list[str], Choice], count: int, size: int) -> None:
    sentences, choice = given_
    whole = choose(sentences, choice)
    union: Found = {}
    for index in range(1, count + 1):
        part = choose(sentences, Choice(**vars(choice) | {"shard": (index, count)}), size)
        assert not set(part) & set(union)
        union |= part
    assert union == whole


def test_shards_are_of_equal_size() -> None:
    sizes = [len(choose(list("abcdefghij"), Choice(shard=(i, 4)))) for i in (1, 2, 3, 4)]
    assert sizes == [3, 3, 2, 2]
    assert set(choose(list("abcdefghij"), Choice(shard=(2, 4)))) == {1, 5, 9}


def test_the_seed_and_nothing_else_decides() -> None:
    sentences = [f"sentence {i}" for i in range(200)]
    for options in ({"sample": 20}, {"hold_out": 20}):
        draws = [choose(sentences, Choice(**options, seed=seed)) for seed in (1, 1, 2)]  # type: ignore[arg-type]
        assert draws[0] == draws[1] != draws[2]
        assert choose(sentences, Choice(**options, seed=1), size=7) == draws[0]  # type: ignore[arg-type]


def test_the_sample_is_spread_over_the_corpus() -> None:
    chosen = choose([f"{i}" for i in range(1000)], Choice(sample=100), 100)
    quarters = Counter(i // 250 for i in chosen)
    assert all(10 <= quarters[q] <= 40 for q in range(4))  # 25 expected, five standard deviations either way


def test_a_held_out_sentence_stays_so_in_another_corpus() -> None:
    # The draw looks at the source sentence alone: order and copies do not change who comes first.
    sentences = [f"sentence {i}" for i in range(50)]
    one = choose(sentences, Choice(hold_out=10))
    two = choose(sentences[::-1], Choice(hold_out=10))
    assert {s for s, _, h in one.values() if h} == {s for s, _, h in two.values() if h}


@pytest.mark.parametrize("choice", [Choice(sample=5), Choice(hold_out=5), Choice(limit=3, sample=4)])
def test_more_than_there_is(choice: Choice) -> None:
    with pytest.raises(XltError, match=r"^(sample|hold_out) [45]: there are only [34] sentence pairs"):
        choose(list("abcd"), choice)


def test_an_empty_corpus() -> None:
    assert choose([], Choice()) == {}
    with pytest.raises(XltError, match="only 0"):
        choose([], Choice(hold_out=1))


def test_a_limit_reads_no_further() -> None:
    def read() -> Iterator[Pairs]:
        yield ["a", "b"], ["A", "B"]
        pytest.fail("read beyond the limit")

    chosen = [b.ids.tolist() for b in chosen_blocks(Corpus("x", (), "memory", read, {}), Choice(limit=2))]
    assert chosen == [[0, 1]]


def test_rows_from_the_end_read_the_corpus_once_more_and_others_no_further() -> None:
    readings = [0]

    def read() -> Iterator[Pairs]:
        readings[0] += 1
        yield ["a", "b"], ["A", "B"]
        yield ["c"], ["C"]

    memory = Corpus("x", (), "memory", read, {})
    assert [b.src for b in chosen_blocks(memory, Choice(rows=(-2, -1)))] == [["b"]]
    assert readings == [2]
    assert [b.src for b in chosen_blocks(memory, Choice(rows=(1, None)))] == [["b"], ["c"]]
    assert readings == [3]
    assert not list(chosen_blocks(memory, Choice(rows=(2, 2))))
    assert readings == [3]


@pytest.mark.parametrize("text", ["", "5", "1:2:3", "a:b", "1-2", "-:3", "1: 2", "+1:", "\u00b2:", "1.0:2", "1_0:"])
def test_wrong_rows(text: str) -> None:
    with pytest.raises(XltError, match=r"^rows .*: write A:B"):
        parse_rows(text)


def test_right_rows() -> None:
    texts = ("0:10", "-2048:-1024", "-5:", ":-5", ":", "007:8")
    assert [parse_rows(t) for t in texts] == [(0, 10), (-2048, -1024), (-5, None), (None, -5), (None, None), (7, 8)]


@pytest.mark.parametrize("seed", [2**63, 2**64 - 1])
def test_large_seeds(seed: int) -> None:
    sentences = [f"sentence {i}" for i in range(50)]
    assert choose(sentences, Choice(hold_out=10, seed=seed)) != choose(sentences, Choice(hold_out=10, seed=0))


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/4", "a/b", "1 /3", "1.0/2", "/2", "²/3"])
def test_wrong_shards(text: str) -> None:
    with pytest.raises(XltError, match=r"^shard "):
        parse_shard(text)


def test_right_shards() -> None:
    assert [parse_shard(t) for t in ("1/1", "3/3", "02/08")] == [(1, 1), (3, 3), (2, 8)]
