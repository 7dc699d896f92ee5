from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.small_worlds import world
from xlt.errors import XltError
from xlt.lab.world import Grammar, Language, default_world
from xlt.lab.world_toml import read_world, world_toml

TWO = "[languages.qaa]\n[languages.qab]\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world") / "world.toml"


@pytest.mark.parametrize("n", [2, 6, 26])
def test_what_is_written_is_read(file: Path, n: int) -> None:
    made = default_world(n, sentences=77, seed=2**63 - 1)
    file.write_text(world_toml(made), encoding="utf-8")
    assert read_world(file) == made


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(0, 1000), st.booleans())
def test_every_share_is_kept_to_the_thousandth(file: Path, topical: int, homonyms: int, case: bool) -> None:
    made = world(Language(homonyms=homonyms, case=case), Language(), grammar=Grammar(topical=topical))
    file.write_text(world_toml(made), encoding="utf-8")
    assert read_world(file) == made


def test_every_dial_is_stated_and_explained(file: Path) -> None:
    text = world_toml(world())
    for dial in fields(Language):
        assert f"\n{dial.name} = " in text
        assert dial.metadata["doc"] in text
    assert max(map(len, text.splitlines())) <= 160


def test_what_is_left_out_has_its_default(file: Path) -> None:
    file.write_text(TWO + "shared = 1\n", encoding="utf-8")
    made = read_world(file)
    assert made.seed == 42
    assert made.grammar == Grammar()
    assert made.languages == {"qaa": Language(), "qab": Language(shared=1000)}


BAD = [
    ("sise = 1\n" + TWO, r"\[sise\] is unknown; a world has seed"),
    (TWO + "[grammar]\nverb = 0.5\n", r"\[grammar\] verb is no dial; there are topical"),
    (TWO + "[grammar]\nname = 1.5\n", r"\[grammar\] name is 1\.5, expected 0 to 1"),
    (TWO + "[grammar]\nname = inf\n", r"\[grammar\] name is Infinity, expected 0 to 1"),
    (TWO + "[grammar]\nname = nan\n", r"\[grammar\] name is NaN, expected 0 to 1"),
    (TWO + "[grammar]\nname = 0.1234\n", r"\[grammar\] name is 0\.1234, expected at most three digits"),
    (TWO + "[grammar]\nname = true\n", r"\[grammar\] name is true, expected a share"),
    (TWO + "[grammar]\nname = '0.1'\n", r"\[grammar\] name is '0\.1', expected a share"),
    (TWO + "[sizes]\ntext = 1.5\n", r"\[sizes\] text is 1\.5, expected a whole number"),
    (TWO + "[sizes]\ntext = 0\n", r"\[sizes\] text is 0, expected 1 to 10,000,000"),
    (TWO + "[sizes]\ntext = false\n", r"\[sizes\] text is false, expected a whole number"),
    ("sizes = 3\n" + TWO, r"sizes is 3, expected a table \[sizes\]"),
    ("seed = 1.0\n" + TWO, r"seed is 1\.0, expected a whole number"),
    ("languages = 3\n", r"languages is 3, expected a table \[languages\]"),
    ("", r"\[languages\] has 0 tables"),
    (TWO + "case = 1\n", r"\[languages\.qab\] case is 1, expected true or false"),
    (TWO + "order = 1\n", r"\[languages\.qab\] order is 1, expected a text in quotes"),
    (TWO + "order = 'SVX'\n", r"\[languages\.qab\] order is 'SVX', expected one of SVO"),
    (TWO + "[languages.'../x']\n", r"\[languages\.\.\./x\] is no language code"),
    ("[languages]\nqaa = 1\n", r"languages\.qaa is 1, expected a table"),
    ("= 3", r"no TOML: "),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_wrong_files(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(XltError, match=rf"world\.toml: {message}") as caught:
        read_world(file)
    assert "\n" not in str(caught.value)


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"seed = 1 # \xe9\n")
    for name, message in (("none", "cannot be read"), (".", "cannot be read"), ("latin", "no TOML: byte .* UTF-8")):
        with pytest.raises(XltError, match=message):
            read_world(tmp_path / name)
