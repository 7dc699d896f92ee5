import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.measures.reference import noisy, ranks, winners
from xlt.measures import neighbours as search
from xlt.measures import products
from xlt.measures.csls import csls_penalties
from xlt.measures.neighbours import Gold, pair_hits
from xlt.measures.ranks import pair_ranks
from xlt.measures.unit import unit_rows

CPU = torch.device("cpu")
CASES = ("main", "opposite_cones", "ties", "negative_self")


@pytest.fixture(params=[False, True], ids=["float32", "bfloat16"])
def low(request: pytest.FixtureRequest) -> bool:
    """Both ways of making the large products: they must never differ in outcome."""
    return bool(request.param)


def case(golden: Path, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], dict[str, float]]:
    with np.load(golden / "retrieval" / f"{name}.npz", allow_pickle=False) as data:
        return data["x"], data["y"], json.loads((golden / "retrieval" / "expected.json").read_text())[name]


def counts(
    low: bool, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], k: int | None = None, center: bool = False
) -> list[int]:
    a, b = (unit_rows(v, CPU, center=center) for v in (x, y))
    penalties = None if k is None else csls_penalties(a, b, k, block=64)
    of_x, of_y = pair_hits(a, b, penalties, block=64, low=low)
    both = [of_x.weak, of_y.weak, of_x.strong, of_y.strong]
    return [int(h.sum()) for h in both if h is not None]


@pytest.mark.parametrize("name", CASES)
def test_golden_cosine(golden: Path, name: str, low: bool) -> None:
    x, y, expected = case(golden, name)
    keys = ("def_weak_fwd", "def_weak_bwd", "def_strong_fwd", "def_strong_bwd")
    assert counts(low, x, y) == [round(expected[k] * len(x)) for k in keys]
    if name != "negative_self":  # there the published code counts the word itself, with 0
        assert counts(low, x, y) == [round(expected[k.removeprefix("def_")] * len(x)) for k in keys]


@pytest.mark.parametrize("name", CASES[:3])
@pytest.mark.parametrize("k", [1, 5, 10])
def test_golden_csls(golden: Path, name: str, k: int, low: bool) -> None:
    x, y, expected = case(golden, name)
    assert counts(low, x, y, k)[:2] == [round(expected[f"csls{k}_weak_{d}"] * len(x)) for d in ("fwd", "bwd")]


@pytest.mark.parametrize("name", CASES[:2])
def test_golden_centered(golden: Path, name: str, low: bool) -> None:
    x, y, expected = case(golden, name)
    keys = ("weak_fwd_mean_centered", "strong_fwd_mean_centered")
    assert counts(low, x, y, center=True)[::2] == [round(expected[k] * len(x)) for k in keys]


# Few distinct small whole numbers: many exact ties, many opposite and repeated vectors.
small = hnp.arrays(np.float32, st.tuples(st.integers(1, 24), st.just(3)), elements=st.sampled_from([-1, 0, 1, 2]))


@st.composite
def pairs_of_vectors(draw: st.DrawFn) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    x = draw(small)
    y = draw(hnp.arrays(np.float32, x.shape, elements=st.sampled_from([-1, 0, 1, 2])))
    x[~x.any(axis=1), 0] = 1
    y[~y.any(axis=1), 1] = 1
    return x, y


def _check(x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], k: int | None, block: int, low: bool) -> None:
    a, b = unit_rows(x, CPU), unit_rows(y, CPU)
    penalties = None if k is None else csls_penalties(a, b, k, block=block)
    hits = pair_hits(a, b, penalties, block=block, low=low)
    ranked = pair_ranks(a, b, penalties, block=block)
    # The reference takes the float32 unit vectors as they are: the definition of what is compared.
    u, v = a.double().numpy(), b.double().numpy()
    for (query, other), hit, rank in zip(((u, v), (v, u)), hits, ranked, strict=True):
        for flags, own, strong in ((hit.weak, rank["weak"], False), (hit.strong, rank["strong"], True)):
            expected = ranks(query, other, k, strong)
            assert own.rank.tolist() == expected
            assert flags is not None
            assert flags.tolist() == [r == 1 for r in expected]


@given(vectors=pairs_of_vectors(), block=st.integers(1, 9))
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("quick", [False, True])
def test_cosine_against_loops(
    quick: bool, vectors: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]], block: int
) -> None:
    _check(*vectors, None, block, quick)


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 40),
    k=st.integers(1, 12),
    block=st.integers(3, 17),
    cone=st.booleans(),
)
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("quick", [False, True])
def test_csls_against_loops(quick: bool, seed: int, n: int, k: int, block: int, cone: bool) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n, 8))
    x, y = ((signal + rng.normal(size=(n, 8)) + 5 * cone).astype(np.float32) for _ in range(2))
    _check(x, y, k, block, quick)


@st.composite
def linked(draw: st.DrawFn) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[tuple[int, int]]]:
    """Two sides of unlike sizes, and some links between them; a word may be in several."""
    x, y = draw(small), draw(small)
    x[~x.any(axis=1), 0] = 1
    y[~y.any(axis=1), 1] = 1
    cells = st.tuples(st.integers(0, len(x) - 1), st.integers(0, len(y) - 1))
    return x, y, draw(st.lists(cells, min_size=1, max_size=30, unique=True))


@given(words=linked(), block=st.integers(1, 9), k=st.none() | st.integers(1, 30))
@settings(deadline=None, max_examples=80)
@pytest.mark.parametrize("quick", [False, True])
def test_words_of_a_corpus_against_loops(
    quick: bool,
    words: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[tuple[int, int]]],
    block: int,
    k: int | None,
) -> None:
    x, y, cells = words
    a, b = unit_rows(x, CPU), unit_rows(y, CPU)
    links = Gold(*(torch.tensor(side) for side in zip(*cells, strict=True)))
    penalties = None if k is None else csls_penalties(a, b, k, block=block)
    hits = pair_hits(a, b, penalties, gold=links, block=block, low=quick)
    ranked = pair_ranks(a, b, penalties, gold=links, block=block)
    u, v = a.double().numpy(), b.double().numpy()
    sides = (u, v, cells), (v, u, [(j, i) for i, j in cells])
    for (query, other, own), hit, by_strength in zip(sides, hits, ranked, strict=True):
        for flags, facts, strong in ((hit.weak, by_strength["weak"], False), (hit.strong, by_strength["strong"], True)):
            expected = ranks(query, other, k, strong, links=own)
            assert facts.rank.tolist() == expected
            assert flags is not None
            assert flags.tolist() == [r == 1 for r in expected]
            best = winners(query, other, k, strong)
            assert facts.found.tolist() == [
                goal if rank == 1 else best[i] for (i, goal), rank in zip(own, expected, strict=True)
            ]


def test_the_words_of_a_corpus_by_hand() -> None:
    # Two sentence pairs; y2 has no link. By cosine x1 takes y1, by CSLS y2, which no pair names.
    x = unit_rows(np.array([[1, 0], [4, 3], [0, 1]], np.float32), CPU)
    y = unit_rows(np.array([[1, 0], [3, 4], [4, 3], [-4, 3]], np.float32), CPU)
    links = Gold(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 3]))
    for k, forward, backward in ((None, [1, 0, 0], [1, 1, 1]), (2, [1, 0, 1], [1, 1, 1])):
        penalties = None if k is None else csls_penalties(x, y, k, block=16)
        of_x, of_y = pair_hits(x, y, penalties, gold=links, block=16)
        assert (of_x.weak.int().tolist(), of_y.weak.int().tolist()) == (forward, backward)
    paired = x[links.src], y[links.tgt]
    for hits in pair_hits(*paired, csls_penalties(*paired, 2, block=16), block=16):
        assert hits.weak.all()


def test_few_queries_of_many_words_are_searched_alike(low: bool) -> None:
    # Few queries are searched by themselves, many by one product of both sides.
    x, y = noisy(400, 16)
    y = torch.cat((y, y[:200].flip(1)))
    rng = np.random.default_rng(1)
    src, tgt = rng.permutation(400), rng.permutation(600)[:400]
    whole = Gold(torch.from_numpy(src), torch.from_numpy(tgt))
    part = Gold(whole.src[:60], whole.tgt[:60])
    assert (60 * 1000 < 400 * 600) != (400 * 1000 < 400 * 600)
    every, some = (pair_hits(x, y, gold=links, block=64, low=low) for links in (whole, part))
    for all_hits, hits in zip(every, some, strict=True):
        assert torch.equal(all_hits.weak[:60], hits.weak)
        assert all_hits.strong is not None
        assert hits.strong is not None
        assert torch.equal(all_hits.strong[:60], hits.strong)


def test_nothing_changes_the_outcome() -> None:
    x, y = noisy(700, 48)
    outcomes = set()
    for quick in (False, True):
        for block in (64, 333, 1024):
            for threads in (1, 2):
                before = torch.get_num_threads()
                torch.set_num_threads(threads)
                try:
                    hits = pair_hits(x, y, block=block, low=quick)
                finally:
                    torch.set_num_threads(before)
                outcomes.add(b"".join(t.numpy().tobytes() for h in hits for t in (h.weak, h.strong) if t is not None))
    assert len(outcomes) == 1


def test_bounds_hold(low: bool) -> None:
    x, y = noisy(300, 32)
    a, b = products.operand(x, low), products.operand(y, low)
    zero = torch.zeros(300, dtype=torch.float64)
    exact = x.double() @ y.double().T
    exact.fill_diagonal_(-torch.inf)
    each = Gold.row_by_row(300, CPU)
    for greatest, dim in zip(search._greatest(a, b, zero, zero, each, 64), (1, 0), strict=True):
        assert ((greatest.value - exact.amax(dim)).abs() <= greatest.error).all()
    own = x.double() @ x.double().T
    own.fill_diagonal_(-torch.inf)
    for rows in (torch.arange(300), torch.arange(0, 300, 5)):
        greatest = search._greatest_own(a, rows, zero, 64)
        assert ((greatest.value - own.amax(1)[rows]).abs() <= greatest.error).all()


def test_inputs_are_left_alone(low: bool) -> None:
    rng = np.random.default_rng(3)
    x, y = (rng.normal(size=(50, 6)).astype(np.float32) for _ in range(2))
    before = x.copy(), y.copy()
    counts(low, x, y, 3, center=True)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_the_word_itself_never_competes(low: bool) -> None:
    # Every word of x is far from every other word but near itself; its translation is at a right angle.
    x = np.eye(4, 8, dtype=np.float32)
    y = np.eye(8, dtype=np.float32)[4:]
    assert counts(low, x, y) == [1, 1, 1, 1]  # all cosines are 0: the first candidate wins the tie


def test_own_language_beats_weak_hits(low: bool) -> None:
    # By hand: x0 = (1, 0), y0 = (0.8, 0.6); x1 = (0.96, 0.28) is nearer to x0 than y0 is; y1 = (-0.28, 0.96).
    x = np.array([[1, 0], [0.96, 0.28]], np.float32)
    y = np.array([[0.8, 0.6], [-0.28, 0.96]], np.float32)
    of_x, of_y = pair_hits(unit_rows(x, CPU), unit_rows(y, CPU), block=1024, low=low)
    assert of_x.weak.tolist() == [True, False]
    assert of_x.strong is not None
    assert of_x.strong.tolist() == [False, False]
    assert of_y.weak.tolist() == [False, True]  # y0 is nearer to x1 (0.936) than to x0 (0.8)


def test_equal_vectors_everywhere(low: bool) -> None:
    # The hardest case for a search by margins: all similarities are equal, and the first candidate wins.
    x = np.ones((30, 4), np.float32)
    assert counts(low, x, x) == [1, 1, 1, 1]


def test_rounding_of_a_bfloat16_result_is_bounded() -> None:
    # Entries of ±1/32 are exact in bfloat16 and the means are 0, so that nothing but the result is rounded: the cosine
    # 514/1024 lies halfway between two bfloat16 numbers.
    x = np.ones(1024, np.float32) / 32
    rival = np.where(np.arange(1024) < 512 + 257, 1, -1).astype(np.float32) / 32
    queries, targets = (torch.from_numpy(np.stack([v, v, -v, -v])) for v in (x, rival))
    a, b = products.operand(queries, True), products.operand(targets, True)
    zero = torch.zeros(4, dtype=torch.float64)
    greatest, _ = search._greatest(a, b, zero, zero, Gold.row_by_row(4, CPU), 4)
    missed = (greatest.value - 514 / 1024).abs()
    assert float(missed.max()) > 0.0019
    assert (missed <= greatest.error).all()


def test_centred_bounds_hold_for_opposite_cones() -> None:
    # Centred vectors that are longer than 1: one row stands against all others.
    rows = np.ones((64, 4096), np.float32)
    rows[0] *= -1
    rows += np.random.default_rng(0).normal(size=rows.shape).astype(np.float32) * 1e-3
    x = unit_rows(rows, CPU)
    side = products.operand(x, True)
    assert float(side.norm.max()) > 1.5
    zero = torch.zeros(64, dtype=torch.float64)
    exact = x.double() @ x.double().T
    exact.fill_diagonal_(-torch.inf)
    greatest, _ = search._greatest(side, side, zero, zero, Gold.row_by_row(64, CPU), 16)
    assert ((greatest.value - exact.amax(1)).abs() <= greatest.error).all()
