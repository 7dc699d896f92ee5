"""``xlt aer``: lines and tables of links, published alignments."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import FAST, Call, Done, sentences
from tests.conftest import Run

GOLD = "0-0 1p1\n\n0-0\n"
LINKS = "0-0 1-1\n0-0\n\n"


@pytest.fixture
def extract(call: Call, one_thread: None, text: Path) -> Callable[..., Done]:
    return lambda *arguments: call("extract-pairs", *arguments, "en", "fr")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    (tmp_path / "gold").write_text(GOLD)
    (tmp_path / "links").write_text(LINKS)
    return tmp_path


def test_aer_by_hand(call: Call, gold: Path) -> None:
    # A = 3, S = 2, A∩S = 1, A∩P = 2.
    rate = json.loads(call("aer", "--json", "gold", "links").out)
    assert rate["aer"] == pytest.approx(1 - 3 / 5)
    assert (rate["precision"], rate["recall"]) == (pytest.approx(2 / 3), 0.5)
    assert {k: rate[k] for k in ("sentences", "links", "sure", "possible", "out_of_range")} == {
        "sentences": 3, "links": 3, "sure": 2, "possible": 1, "out_of_range": 0,
    }  # fmt: skip
    low, high = rate["aer_ci"]
    assert 0 <= low <= rate["aer"] <= high <= 1
    assert "0.4000" in call("aer", "gold", "links").out


def test_aer_of_a_pairs_file(extract: Callable[..., Done], call: Call, text: Path) -> None:
    (text / "gold").write_text("\n".join("0-0" if a and b else "0-5" for a, b in sentences()) + "\n")
    extract(*FAST, "--keep-many", "--keep-identical", "-o", "x.parquet")
    extract(*FAST, "--keep-many", "--keep-identical", "--format", "pharaoh", "-o", "x.al")
    table, lines = (json.loads(call("aer", "--json", "gold", name).out) for name in ("x.parquet", "x.al"))
    assert table == lines
    extract(*FAST, "--keep-many", "--keep-identical", "--keep-empty", "-o", "y.parquet")
    counted = json.loads(call("aer", "--json", "gold", "y.parquet").out)
    # Where the words are at hand, the gold links beyond an empty sentence are seen.
    assert counted["out_of_range"] == 2
    assert counted["sure"] == table["sure"] - 2


def test_aer_through_a_pipe(xlt: Run, gold: Path) -> None:
    result = xlt("aer", "--json", "gold", "-", input=LINKS)
    assert json.loads(result.stdout)["links"] == 3


@pytest.mark.parametrize(
    ("gold_text", "links_text", "message"),
    [
        ("0-0\n", "0-0\n0-0\n", "links has 2 lines, gold is of 1 sentence pairs"),
        ("0-0\n", "0-0 x\n", "links: line 1: 'x' is no link"),
        ("a b\tc\t0-0\n", "0-0 5-0\n", "links: line 1 links 5-0, but its sentences have 2 and 1 words"),
        ("?\n", "0-0\n", "gold: line 1: '?' is no gold link"),
        (None, "0-0\n", "gold: no such file"),
        ("0-0\n", None, "links: no such file"),
    ],
)
def test_aer_refuses(call: Call, tmp_path: Path, gold_text: str | None, links_text: str | None, message: str) -> None:
    for name, content in (("gold", gold_text), ("links", links_text)):
        if content is not None:
            (tmp_path / name).write_text(content)
    assert message in call("aer", "gold", "links", status=2).err


def test_aer_notices_a_base_of_1(call: Call, tmp_path: Path) -> None:
    (tmp_path / "gold").write_text("1-1 2-2\n" * 60)
    (tmp_path / "links").write_text("0-0 1-1\n" * 60)
    result = call("aer", "--json", "gold", "links")
    assert "if it is numbered from 1, give --one-based" in result.err
    assert json.loads(call("aer", "--json", "--one-based", "gold", "links").out)["aer"] == 0


def test_aer_of_a_table_of_other_words(extract: Callable[..., Done], call: Call, text: Path) -> None:
    lines = [f"{' '.join(a)} .\t{' '.join(b)}\t0-0" for a, b in sentences()]
    (text / "gold.tsv").write_text("\n".join(lines) + "\n")
    extract(*FAST, "-o", "x.parquet")
    assert "extract with --pretokenized" in call("aer", "gold.tsv", "x.parquet", status=2).err


@pytest.fixture
def published(test_data: Path) -> Path:
    folder = test_data / "word_alignment" / "awesome_align"
    if not folder.is_dir():
        pytest.skip(f"no gold alignments at {folder}")
    return folder


@pytest.mark.parametrize(("name", "aer"), [("enfr", 0.0407), ("zhen", 0.1331)])
def test_aer_of_the_published_awesome_output(call: Call, published: Path, name: str, aer: float) -> None:
    files = published / f"{name}.gold", published / f"{name}.awesome-align.out"
    assert round(json.loads(call("aer", "--one-based", "--json", *files).out)["aer"], 4) == aer


@pytest.mark.parametrize(
    ("name", "heuristic", "aer"),
    [
        ("enfr", "grow-diag-final-and", 29.3),
        ("enfr", "intersect", 25.1),
        ("zhen", "grow-diag-final-and", 51.0),
        ("zhen", "intersect", 49.7),
    ],
)
def test_fastalign_is_as_good_as_the_original(
    call: Call, one_thread: None, published: Path, name: str, heuristic: str, aer: float
) -> None:
    # Values of the C++ tool with one thread and -d -o -v, lower-cased text.
    call(
        "extract-pairs", "--aligner=fastalign", "--symmetrise", heuristic, "--keep-many", "--keep-identical",
        "--lowercase", "--pretokenized", "--corpus", published / f"{name}.src-tgt", "-o", "x.parquet", "en", "fr",
    )  # fmt: skip
    rate = json.loads(call("aer", "--one-based", "--json", published / f"{name}.gold", "x.parquet").out)
    assert 100 * rate["aer"] == pytest.approx(aer, abs=0.06)
