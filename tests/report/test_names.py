"""Names of one's own: a file of lines, read strictly, any text a key; and where they stand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.errors import OptionError, XltError
from xlt.report.names import Names, read_names


def read(tmp_path: Path, text: str | bytes) -> Names:
    path = tmp_path / "names.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_names(path)


def test_lines(tmp_path: Path) -> None:
    names = read(
        tmp_path,
        "\ufeff# of the paper\r\n\n"
        "realign(hinge,dict,margin=0.5)+finetune = Realigned, hinge\r\n"
        '"# tag" = Tagged\n'
        ' "a\\tb"="x = y"\n'
        'k=v="p = q"\n'
        'en=the "English"\n',
    )
    assert names("realign(hinge,dict,margin=0.5)+finetune") == "Realigned, hinge"
    assert names("# tag") == "Tagged"
    assert names("a\tb") == "x = y"
    assert names("k=v") == "p = q"
    assert names("en") == 'the "English"'
    assert (names("other"), names(None), names(-1)) == ("other", "", "-1")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_a_key_and_a_name(tmp_path_factory: pytest.TempPathFactory, key: str, name: str) -> None:
    name += "."
    line = f"{json.dumps(key)}={json.dumps(name)}\n"
    assert read(tmp_path_factory.mktemp("names"), line)(key) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=b\nfinetune\n", r"names.txt:2: 'finetune' is no name: write KEY=NAME"),
        ("=b\n", "names.txt:1: '=b': the key is empty"),
        ("a=\n", "names.txt:1: 'a=': the name is empty"),
        ('""=b\n', "the key is empty"),
        ('"a" b=c\n', "is no name"),
        ('"a=b\n', "is no name"),
        ('"\\ud800"=b\n', "is no name"),
        ("a=b\nc=d\n a = e\n", "names.txt:3: 'a' has a name in line 1 already"),
        (b"a=b\nc=\xff\n", "names.txt:2: invalid UTF-8"),
        ("=" * 20_000, "names.txt:1: 20,000 characters"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(XltError, match=said) as refused:
        read(tmp_path, text)
    assert "\n" not in str(refused.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"names .*none.txt: no such file"):
        read_names(tmp_path / "none.txt")
    assert read_names(None)("x") == "x"


def test_models_pairs_and_cells() -> None:
    names = Names({"org/large": "XLM-R large", "small": "mini", "mini": "another", "en": "English", "en-fr": "E to F"})
    # By the whole name or the short one; what a model is called is no key any more.
    assert names.models(["org/large", "org/small", "org/other"]) == {
        "org/large": "XLM-R large", "org/small": "mini", "org/other": "other",
    }  # fmt: skip
    assert names.cell("model", "mini") == "mini"
    assert names.cell("method", "mini") == "another"
    assert (names.pair("en", "fr"), names.pair("en", "de"), names.pair("en", "")) == ("E to F", "English-de", "English")
    assert names.pair("en", "de", "→") == "English→de"
    with pytest.raises(XltError, match=r"names.txt: a, b are models, and all called 'c'"):
        Names({"a": "c", "b": "c"}, "names.txt").models(["a", "b"])


def test_a_method_has_one_name_in_all_tasks() -> None:
    names = Names({"realign(l2)+finetune": "Realigned", "finetune": "Plain", "finetune(ner)": "NER"})
    assert names("realign(l2)+finetune(pos)") == names("realign(l2)+finetune") == "Realigned"
    assert (names("finetune(pos)"), names("finetune(ner)"), names("finetune(x)")) == ("Plain", "NER", "finetune(x)")


def test_unused_keys_are_told(caplog: pytest.LogCaptureFixture) -> None:
    names = Names({"a": "x", "b": "y"}, "names.txt")
    names("a")
    names.warn_of_unused()
    assert caplog.messages == ["names.txt: nothing shown here is called 'b'"]
    caplog.clear()
    names("b")
    names.warn_of_unused()
    assert caplog.messages == []
