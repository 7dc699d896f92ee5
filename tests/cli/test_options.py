from pathlib import Path

import pytest

from xlt.cli.options import LAID_OUT_FORMATS, TABLE_FORMATS, needed, parse_tags
from xlt.errors import XltError
from xlt.files.tables import SUFFIXES


def test_tags() -> None:
    assert parse_tags(None) == {}
    assert parse_tags(["corpus=bible", "note=a=b", "empty="]) == {"corpus": "bible", "note": "a=b", "empty": ""}


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        (["corpus"], "--tag 'corpus': write KEY=VALUE"),
        (["=bible"], "--tag '=bible': write KEY=VALUE"),
        (["my corpus=x"], "write KEY=VALUE"),
        (["a=1", "a=2"], "--tag a is given twice"),
    ],
)
def test_tags_that_are_none(tags: list[str], text: str) -> None:
    with pytest.raises(XltError, match=text):
        parse_tags(tags)


def test_a_folder_that_is_needed() -> None:
    assert needed(Path("x")) == Path("x")
    with pytest.raises(XltError, match="name the folder to write with -o DIR"):
        needed(None)


def test_the_formats_that_help_texts_name_are_those_that_are_written() -> None:
    assert (*TABLE_FORMATS, *LAID_OUT_FORMATS) == SUFFIXES
