"""Gold links in all their forms."""

import gzip
from pathlib import Path

import pytest

from xlt.corpora.gold_links import GoldLinks, read_gold
from xlt.errors import XltError

Row = tuple[int, int, int, bool]


def rows(gold: GoldLinks) -> list[Row]:
    columns = (gold.sentence.tolist(), gold.src.tolist(), gold.tgt.tolist(), gold.sure.tolist())
    return list(zip(*columns, strict=True))


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8", newline="\n")
    return str(path)


# The same two sentence pairs: the first has a sure and a possible link, the second none.
EXPECTED = [(0, 0, 1, True), (0, 2, 0, False)]


@pytest.mark.parametrize(
    ("text", "one_based"),
    [
        ("2p0 0-1\n\n", False),
        ("1-2 3p1\n\n", True),
        ("a b c\tx y\t0-1 2p0\nd\tz\t\n", False),
        ("0 0 1 S\n0 2 0 P\n", False),
        ("0001 1 2\n0001 3 1 P\n", True),
    ],
)
def test_every_form(tmp_path: Path, text: str, one_based: bool) -> None:
    gold = read_gold(written(tmp_path / "gold", text), one_based=one_based)
    assert rows(gold) == EXPECTED
    assert gold.out_of_range == 0
    assert gold.sentences == (2 if gold.complete else 1)
    assert not gold.unlike
    if gold.lengths is not None:
        assert gold.lengths.tolist() == [[3, 2], [1, 1]]


def test_compressed(tmp_path: Path) -> None:
    (tmp_path / "gold.gz").write_bytes(gzip.compress(b"2p0 0-1\n\n"))
    assert rows(read_gold(str(tmp_path / "gold"))) == EXPECTED


def test_sure_wins_over_possible(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path / "gold", "1p1 1-1 1p1\n"))
    assert rows(gold) == [(0, 1, 1, True)]


def test_links_out_of_range_are_counted(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path / "a", "a b\tx\t0-0 1-1 5-0\n"))
    assert (rows(gold), gold.out_of_range) == ([(0, 0, 0, True)], 2)
    gold = read_gold(written(tmp_path / "b", "0-1 1-1\n"), one_based=True)
    assert (rows(gold), gold.out_of_range) == ([(0, 0, 0, True)], 1)


def test_links_numbered_from_1_are_noticed(tmp_path: Path) -> None:
    assert read_gold(written(tmp_path / "gold", "1-1 2-2\n")).unlike
    assert not read_gold(written(tmp_path / "gold", "1-1 2-2\n"), one_based=True).unlike


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0-0\n1:1\n", r"line 2: '1:1' is no gold link"),
        ("0-0 1-\n", "line 1: '1-' is no gold link"),
        ("a\tb\t0-0\na b\t0-0\n", "line 2 has 2 columns"),
        ("0 0 0 S\n0 0 x\n", "line 2: '0 0 x' is no row"),
        ("\n\n", "no gold link in it"),
        ("", "no gold link in it"),
        ("0 0 1\n", "line 1: sentence 0"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_gold(written(tmp_path / "gold", text), one_based="sentence 0" in message)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="no such file"):
        read_gold(str(tmp_path / "gold"))


def test_a_confidence_behind_a_row_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "gold").write_text("0001 1 1 S 1.0\n0001 2 2 P 5e-1\n0002 1 1 0.7\n0003 1 1\n", encoding="utf-8")
    gold = read_gold(str(tmp_path / "gold"), one_based=True)
    assert (gold.sentence.tolist(), gold.sure.tolist()) == ([0, 0, 1, 2], [True, False, True, True])


def test_a_number_beyond_all_sentences(tmp_path: Path) -> None:
    far = written(tmp_path / "far", "4194304 0 0 S\n1 2 3 P\n")
    assert read_gold(far, one_based=True).sentences == 4194304
    with pytest.raises(XltError, match=r"far speaks of sentence 4,194,304; more than 4,194,304 are not"):
        read_gold(far)
