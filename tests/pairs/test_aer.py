"""Links against gold links: lines and tables, with and without what the text says."""

import logging
import math
from pathlib import Path

import pytest

from xlt.errors import XltError
from xlt.pairs.aer import error_rate
from xlt.pairs.extract_pairs import extract_pairs
from xlt.pairs.options import AerOptions, ExtractOptions, LinksOptions

GOLD = "0-0 1p1\n\n0-0\n"
LINKS = "0-0 1-1\n0-0\n\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold").write_text(GOLD)
    (tmp_path / "links").write_text(LINKS)
    return tmp_path


def test_by_hand(here: Path) -> None:
    # A = 3, S = 2, A and S meet once, A and P twice.
    rate = error_rate("gold", "links")
    assert rate.values == {
        "aer": pytest.approx(2 / 5), "precision": pytest.approx(2 / 3), "recall": 0.5,
        "f1": pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5)),
    }  # fmt: skip
    assert rate.summary == {"sentences": 3, "links": 3, "sure": 2, "possible": 1, "out_of_range": 0}
    for metric, (low, high) in rate.intervals.items():
        assert low <= rate.values[metric] <= high or math.isnan(low)


def test_intervals_follow_the_seed(here: Path) -> None:
    (here / "gold").write_text(GOLD * 9)
    (here / "links").write_text("".join(f"{'0-0' if k % 4 else '1-1'}\n" for k in range(27)))
    rates = [error_rate("gold", "links", AerOptions(resamples=40, seed=seed)).intervals for seed in (1, 1, 2)]
    assert rates[0] == rates[1]
    assert rates[0] != rates[2]


def test_what_is_undefined_is_null(here: Path) -> None:
    (here / "links").write_text("\n\n\n")
    values = error_rate("gold", "links", AerOptions(resamples=0)).as_json()
    assert (values["precision"], values["recall"], values["precision_ci"]) == (None, 0.0, [None, None])


def test_gold_numbered_from_1(here: Path) -> None:
    (here / "gold").write_text("1-1 2p2\n\n1-1\n")
    assert error_rate("gold", "links", AerOptions(one_based=True)).values == error_rate_of(here)


def error_rate_of(here: Path) -> dict[str, float]:
    """That of the files above."""
    (here / "gold").write_text(GOLD)
    return error_rate("gold", "links").values


def test_a_table_says_which_gold_links_are_beyond_its_text(here: Path) -> None:
    (here / "text.tsv").write_text("a b\tx y\nc\tz\n\tw\n")
    (here / "links").write_text("0-0 1-1\n0-0\n\n")
    aligner = LinksOptions(links="links", keep_identical=True)
    extract_pairs("en", "fr", ExtractOptions(corpus="text.tsv", aligner=aligner, keep_empty=True), output="x.parquet")
    rate = error_rate("gold", "x.parquet")
    # The third source sentence has no word at all, so that its gold link is left out.
    assert rate.summary == {"sentences": 3, "links": 3, "sure": 1, "possible": 1, "out_of_range": 1}
    (here / "gold").write_text(GOLD + "0-0\n")
    assert error_rate("gold", "x.parquet").summary["sentences"] == 4
    (here / "gold").write_text("0-0\n")
    with pytest.raises(XltError, match=r"x\.parquet has sentence 2, gold only 0 to 0"):
        error_rate("gold", "x.parquet")


@pytest.mark.parametrize(
    ("gold", "links", "message"),
    [
        (GOLD, "0-0\n", "links has 1 lines, gold is of 3 sentence pairs"),
        ("a b\tx\t0-0\n", "0-1\n", "line 1 links 0-1, but its sentences have 2 and 1 words"),
        ("1 1 9 S\n", LINKS, None),
    ],
)
def test_files_of_other_text(here: Path, gold: str, links: str, message: str | None) -> None:
    (here / "gold").write_text(gold)
    (here / "links").write_text(links)
    if message is None:  # rows of links do not say how many sentence pairs there are
        assert error_rate("gold", "links").summary["sentences"] == 3
        return
    with pytest.raises(XltError, match=message):
        error_rate("gold", "links")


def test_no_file(here: Path) -> None:
    with pytest.raises(XltError, match=r"^nothing: no such file"):
        error_rate("gold", "nothing")


def test_many_links_without_a_0_are_wondered_at(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    (here / "gold").write_text("1-1 2-2\n" * 60)
    (here / "links").write_text("0-0\n" * 60)
    with caplog.at_level(logging.WARNING):
        error_rate("gold", "links", AerOptions(resamples=0))
    assert "no gold link has number 0" in caplog.text
