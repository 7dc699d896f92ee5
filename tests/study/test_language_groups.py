"""Groups of language pairs: in either order, each pair in one; and those that the project brings."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from xlt.errors import OptionError, XltError
from xlt.study.language_groups import LanguageGroups


def _groups(path: Path, text: str) -> LanguageGroups:
    path.write_text(text, encoding="utf-8")
    return LanguageGroups(path)


def test_either_order_and_the_others(tmp_path: Path) -> None:
    text = '\ngroup,src_lang,tgt_lang\n"a, b",en,fr\n\nc,ru , bg\n"a, b",fr,en\n'.lstrip("\n")
    groups = _groups(tmp_path / "g.csv", text)
    assert [groups("en", "fr"), groups("fr", "en"), groups("bg", "ru")] == ["a, b", "a, b", "c"]
    assert groups.summary == {}
    assert [groups("en", "de"), groups("de", "en"), groups("ru", "ru")] == ["other"] * 3
    assert groups.summary == {"language pairs in no group": 2}
    rows = [{"src_lang": "bg", "tgt_lang": "ru"}]
    groups.add_to(rows, "src_lang", "tgt_lang", ["method"])
    assert rows[0]["group"] == "c"
    with pytest.raises(OptionError, match="second column 'group'"):
        groups.add_to(rows, "src_lang", "tgt_lang", ["group"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r":1: a header with src_lang, tgt_lang, group is expected; found nothing"),
        ("src,tgt,group\n", r":1: .*found src, tgt, group"),
        ("src_lang,tgt_lang,group\n", "no language pair"),
        ("src_lang,tgt_lang,group\nen,fr\n", r":2: a language pair and its group are expected; found en,fr"),
        ("src_lang,tgt_lang,group\nen,,x\n", r":2: "),
        ("src_lang,tgt_lang,group\nen,fr,x\nfr,en,y\n", r":3: fr-en is in two groups, x and y"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(XltError, match=told):
        _groups(tmp_path / "g.csv", text)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no such file"):
        LanguageGroups(tmp_path / "g.csv")


def test_those_of_veitsman() -> None:
    path = ROOT / "examples" / "groups" / "veitsman2026.csv"
    groups = LanguageGroups(path)
    rows = [line.split(",", 2) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    sizes = Counter(groups(src, tgt) for src, tgt, _ in rows)
    assert list(sizes.values()) == [4, 2, 4, 4, 4, 4, 4]
    assert groups("en", "ja") == "aligned with English"
    assert groups("fr", "ko") == "different script, aligned"
