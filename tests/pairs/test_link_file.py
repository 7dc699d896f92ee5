"""Links of another tool against the text that they are of."""

import gzip
import logging
from pathlib import Path

import pytest

from tests.aligners.sentence_pairs import sets_of
from tests.pairs.blocks import tokens
from xlt.errors import OptionError, XltError
from xlt.pairs.link_file import FileLinks
from xlt.pairs.options import LinksOptions

WORDS = [("a b", "x y z"), ("c", "w"), ("d e", "v")]


def linker(path: Path, lines: str, *, one_based: bool = False, whole: bool = True) -> FileLinks:
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return FileLinks(LinksOptions(links=str(path), one_based=one_based), whole=whole)


@pytest.mark.parametrize("name", ["links", "links.gz"])
@pytest.mark.parametrize(("lines", "one_based"), [("1-2 0-0 1-2\n\n0-0\n", False), ("2-3 1-1\n\n1-1\n", True)])
def test_links_by_hand(tmp_path: Path, name: str, lines: str, one_based: bool) -> None:
    links_of_file = linker(tmp_path / name, lines, one_based=one_based)
    blocks = [tokens(WORDS[:2]), tokens(WORDS[2:], first=2)]
    sets = [
        links
        for block, links_of_block in links_of_file.links(blocks, 1)
        for links in sets_of(links_of_block, len(block))
    ]
    assert sets == [{(0, 0), (1, 2)}, set(), {(0, 0)}]
    assert links_of_file.params == {"links": name}
    assert links_of_file.summary() == {}
    assert [(i.role, i.name) for i in links_of_file.inputs] == [("links", str(tmp_path / name))]


def test_line_k_is_of_sentence_pair_k(tmp_path: Path) -> None:
    # A shard, or a sample: some sentence pairs only, in their order.
    links_of_file = linker(tmp_path / "links", "0-0\n0-0\n1-0\nbeyond\n", whole=False)
    ((_, links),) = links_of_file.links([tokens(WORDS[2:], first=2)], 1)
    assert sets_of(links, 1) == [{(1, 0)}]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1-3\n\n\n", r"line 1 links target word 3, but the sentence has 3 words \(numbered from 0\).*--one-based$"),
        ("0-0\n1-0\n\n", r"line 2 links source word 1, but the sentence has 1 words \(numbered from 0\).*\?$"),
        ("0-0\n\n", "has 2 lines, the corpus has more sentence pairs"),
        ("0-0\n\n\n\n", "has 4 lines, the corpus 3 sentence pairs"),
    ],
)
def test_files_of_other_text(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(XltError, match=message):
        list(linker(tmp_path / "links", lines).links([tokens(WORDS)], 1))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^links .*nothing: no such file"):
        FileLinks(LinksOptions(links=str(tmp_path / "nothing")))


def test_many_links_without_a_0_are_wondered_at(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pairs = [("a b", "x y")] * 1000
    with caplog.at_level(logging.WARNING):
        list(linker(tmp_path / "links", "1-1\n" * 1000).links([tokens(pairs)], 1))
    assert "none of 1000 links has position 0" in caplog.text
