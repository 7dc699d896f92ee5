"""What a manifest says, and what is wrong with one, by key."""

from pathlib import Path
from typing import get_args

import pytest

from xlt.corpora.kinds import Kind
from xlt.corpora.manifest_parser import (
    _FORMATS,
    Format,
    HubSource,
    Manifest,
    ManualSource,
    UrlSource,
    as_pattern,
    expand,
    parse_manifest,
    templates,
    variables,
)
from xlt.errors import XltError

GOOD = """
title = "A title"
kind = "corpus"
description = "What it is"
homepage = "https://example.org"
licence = "CC0"
citation = "Nobody (2020)"
format = "parquet"
languages = ["en", "ar", "zh-yue"]
pairs = ["ar-en", "en-zh-yue"]
[source]
hub = "owner/name"
revision = "main"
files = "{pair}/{split}-*.parquet"
[splits]
train = "train"
dev = "validation"
[only_splits]
"ar-en" = ["dev"]
"""
SOURCE = """[source]
hub = "owner/name"
revision = "main"
files = "{pair}/{split}-*.parquet"
"""


def parsed(tmp_path: Path, text: str, name: str = "some") -> Manifest:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return parse_manifest(path)


def test_every_kind_has_formats() -> None:
    assert tuple(_FORMATS) == get_args(Kind)
    assert {name for names in _FORMATS.values() for name in names} == set(get_args(Format))


def test_templates_by_hand() -> None:
    assert variables("{pair}/{split}-*.parquet") == {"pair", "split"}
    assert expand("{a}-{b}/{a}", {"a": "x", "b": "y"}) == "x-y/x"
    assert as_pattern("{a}/b-{c}.txt") == "*/b-*.txt"
    with pytest.raises(KeyError):
        expand("{a}", {})


def test_what_a_manifest_says(tmp_path: Path) -> None:
    manifest = parsed(tmp_path, GOOD)
    assert (manifest.name, manifest.kind, manifest.format, manifest.paired) == ("some", "corpus", "parquet", True)
    assert manifest.languages == {code: {"lang": code} for code in ("en", "ar", "zh-yue")}
    # A code may hold a hyphen: the pair is cut where both sides are languages.
    assert manifest.pair_names == ["ar-en", "en-zh-yue"]
    assert manifest.splits == {"train": ("train",), "dev": ("validation",)}
    assert manifest.split_parts == {}
    assert manifest.only_splits == {"ar-en": ("dev",)}
    assert manifest.source == HubSource("owner/name", "main", "{pair}/{split}-*.parquet")
    assert templates(manifest) == {"source.files": "{pair}/{split}-*.parquet"}
    assert (manifest.notes, manifest.version, manifest.checksums, manifest.labels) == ("", "", {}, ())


def test_other_sources(tmp_path: Path) -> None:
    url = parsed(tmp_path, GOOD.replace(SOURCE, '[source]\nurl = "https://x.org/{pair}.zip"\nmember = "{split}"\n'))
    assert url.source == UrlSource("https://x.org/{pair}.zip", "{split}")
    assert templates(url) == {"source.url": "https://x.org/{pair}.zip", "source.member": "{split}"}
    manual = parsed(tmp_path, GOOD.replace(SOURCE, '[source]\nfiles = "{pair}.{split}"\nmanual = "ask them"\n'))
    assert manual.source == ManualSource("{pair}.{split}", "ask them")


def test_names_upstream_and_further_variables(tmp_path: Path) -> None:
    text = GOOD.replace('["en", "ar", "zh-yue"]', '{ en = "eng", ar = { lang = "ara", big = "A" }, zh-yue = {} }')
    assert parsed(tmp_path, text).languages == {
        "en": {"lang": "eng"}, "ar": {"lang": "ara", "big": "A"}, "zh-yue": {"lang": "zh-yue"},
    }  # fmt: skip


def test_a_split_in_several_files(tmp_path: Path) -> None:
    both = parsed(
        tmp_path, GOOD.replace('"validation"', '["a", "b"]') + '[split_parts]\nar-en = { train = ["x", "y"] }\n'
    )
    assert both.splits == {"train": ("train",), "dev": ("a", "b")}
    assert both.split_parts == {"ar-en": {"train": ("x", "y")}}
    one = (
        GOOD.replace('dev = "validation"\n', "")
        .replace('[only_splits]\n"ar-en" = ["dev"]\n', "")
        .replace("{split}", "x")
    )
    assert parsed(tmp_path, one).splits == {"train": ("train",)}
    with pytest.raises(XltError, match=r"key 'splits' are several, but no file name uses \{split\}"):
        parsed(tmp_path, one.replace('"train"', '["train-a", "train-b"]'))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"validation"', "[]", "key 'splits.dev' is empty, or holds an empty text"),
        ('"validation"', '["a", " "]', "key 'splits.dev' is empty, or holds an empty text"),
        ('"validation"', "[1]", "key 'splits.dev' must be a list of texts"),
        (
            "[only_splits]",
            "[split_parts]\nfr = { train = ['x'] }\n[only_splits]",
            "key 'split_parts.fr' is neither one of",
        ),
        (
            "[only_splits]",
            "[split_parts]\nen = { test = ['x'] }\n[only_splits]",
            "'split_parts.en' must name some of train",
        ),
        ("kind = ", "kind ", "not valid TOML"),
        ('title = "A title"\n', "", "title is missing; every manifest has title, kind,"),
        ('"A title"', '""', "key 'title' is empty"),
        ('"A title"', "7", "key 'title' must be a text, not int"),
        ("licence", "license", "licence is missing; every manifest has"),
        ("title =", 'licens = "x"\ntitle =', "key 'licens' is unknown; did you mean 'licence'"),
        ('"corpus"', '"book"', "key 'kind' must be one of corpus"),
        ('"parquet"', '"muse"', "key 'format' must be one of moses"),
        ('["en", "ar", "zh-yue"]', "[]", "key 'languages' is empty"),
        ('["en", "ar", "zh-yue"]', '"en"', "key 'languages' must be a table"),
        ('["en", "ar", "zh-yue"]', '["en", 3]', "key 'languages' must be a list of texts"),
        ('["en", "ar", "zh-yue"]', '["en", "ar", "zh-yue", "../x"]', "holds '../x'"),
        ('"en-zh-yue"', '"en-fr"', "key 'pairs' holds 'en-fr'"),
        ("owner/name", "owner", "key 'source.hub' must be OWNER/NAME"),
        ('hub = "owner/name"', 'hub = "owner/name"\nurl = "https://x/y"', "exactly one of"),
        ('hub = "owner/name"\nrevision = "main"\nfiles', "url", "address of a file"),
        ("{pair}/", "{paar}/", "key 'source.files' uses {paar}"),
        ("{pair}/", "{lang}/", "key 'source.files' uses {lang}"),
        ("{pair}/", "../{pair}/", "without '..'"),
        ("{pair}/", "/{pair}/", "must be a relative path"),
        ('["dev"]', '["test"]', "key 'only_splits.ar-en' must list some of"),
        ('"ar-en" = [', '"ar-fr" = [', "neither one of 'languages' nor of 'pairs'"),
        ("[only_splits]", '[checksums]\nx = "abc"\n[only_splits]', "key 'checksums.x' must be a SHA-256"),
        ("title =", 'version = "../1"\ntitle =', "key 'version'"),
    ],
)
def test_a_damaged_manifest_names_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(XltError) as caught:
        parsed(tmp_path, GOOD.replace(old, new, 1))
    assert message in str(caught.value)
    assert str(tmp_path / "some.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_good_manifest_is_accepted(tmp_path: Path) -> None:
    parsed(tmp_path, GOOD)
    with pytest.raises(XltError, match="the name of a manifest"):
        parsed(tmp_path, GOOD, "Some Name")
