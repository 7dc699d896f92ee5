import fnmatch
import hashlib
from pathlib import Path

import pytest

from tests.corpora.server import Server, add_data_set
from tests.corpora.test_archives import make_tar, make_zip
from xlt.corpora.manifests import load_manifest, resolve
from xlt.corpora.resources import ResourceFiles, cached_files, find_files, resource_files, resource_folder
from xlt.errors import OfflineError, XltError

HEAD = """
title = "A title"
description = "What it is"
homepage = "https://example.org"
licence = "CC0"
citation = "Nobody (2020)"
"""


@pytest.fixture
def add(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> "Adder":
    return Adder(tmp_path / "manifests", monkeypatch)


class Adder:
    """Adds manifests of a test's own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder = folder
        monkeypatch.setenv("XLT_MANIFESTS", str(folder))

    def __call__(self, name: str, text: str) -> None:
        (self.folder / f"{name}.toml").write_text(HEAD + text, encoding="utf-8")


def sides(resource: ResourceFiles) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    assert resource.sides is not None
    return resource.sides


def moses(url: str, digest: str = "") -> str:
    return f"""
kind = "corpus"
format = "moses"
version = "v1"
languages = {{ en = "en", zh = "zh_cn" }}
[source]
url = "{url}/{{pair}}.zip"
member = "*Some.{{pair}}.{{lang}}"
[splits]
train = "train"
""" + (f'[checksums]\n"en-zh_cn.zip" = "{digest}"\n' if digest else "")


def serve_zip(server: Server, tmp_path: Path, text: bytes = b"one\n") -> bytes:
    files = {"Some.en-zh_cn.en": text, "Some.en-zh_cn.zh_cn": b"\xe4\xb8\x80\n", "README": b"not wanted"}
    body = make_zip(tmp_path / "served.zip", files).read_bytes()
    server.add("/en-zh_cn.zip", body)
    return body


def test_moses_out_of_an_archive_in_the_order_asked_for(
    server: Server, add: Adder, tmp_path: Path, cache: Path
) -> None:
    add("some", moses(server.url))
    serve_zip(server, tmp_path)
    resource = resource_files("some", src="zh", tgt="en", split="train")
    assert resource.format == "moses"
    assert resource.split == "train"
    src, tgt = sides(resource)
    assert [path.name for path in src + tgt] == ["Some.en-zh_cn.zh_cn", "Some.en-zh_cn.en"]
    assert resource.files == src + tgt
    assert src[0].is_relative_to(cache / "some" / "v1")
    other = resource_files("some", src="en", tgt="zh")
    assert other.sides == (tgt, src)
    assert len(server.requests) == 1
    assert not list(cache.rglob("README"))


def test_a_deleted_archive_is_not_missed(
    server: Server, add: Adder, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("some", moses(server.url))
    serve_zip(server, tmp_path)
    resource = resource_files("some", src="en", tgt="zh")
    (cache / "some" / "v1" / "en-zh_cn.zip").unlink()
    monkeypatch.setenv("XLT_OFFLINE", "1")
    assert resource_files("some", src="en", tgt="zh") == resource


def test_an_archive_put_by_hand_is_unpacked(
    server: Server, add: Adder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = serve_zip(server, tmp_path)
    add("some", moses(server.url, hashlib.sha256(body).hexdigest()))
    monkeypatch.setenv("XLT_OFFLINE", "1")
    place = resource_folder(load_manifest("some")) / "en-zh_cn.zip"
    with pytest.raises(OfflineError, match=f"put {server.url}/en-zh_cn.zip at {place}"):
        resource_files("some", src="en", tgt="zh")
    place.parent.mkdir(parents=True)
    place.write_bytes(body)
    assert len(resource_files("some", src="en", tgt="zh").files) == 2


def test_another_archive_is_unpacked_again(server: Server, add: Adder, tmp_path: Path, cache: Path) -> None:
    add("some", moses(server.url))
    serve_zip(server, tmp_path)
    resource_files("some", src="en", tgt="zh")
    archive = cache / "some" / "v1" / "en-zh_cn.zip"
    archive.unlink()
    archive.with_name("en-zh_cn.zip.record.json").unlink()
    serve_zip(server, tmp_path, b"changed\n")
    (path,) = sides(resource_files("some", src="en", tgt="zh"))[0]
    assert path.read_bytes() == b"changed\n"


def test_an_archive_that_leads_out_leaves_nothing(server: Server, add: Adder, tmp_path: Path, cache: Path) -> None:
    add("some", moses(server.url))
    body = make_tar(tmp_path / "evil", {"Some.en-zh_cn.en": b"", "../../../escaped": b""}).read_bytes()
    server.add("/en-zh_cn.zip", body)
    with pytest.raises(XltError, match="leads out of the folder"):
        resource_files("some", src="en", tgt="zh")
    assert not list(tmp_path.rglob("escaped"))
    assert not list(cache.rglob("Some.*"))


def test_an_archive_without_the_file(server: Server, add: Adder, tmp_path: Path) -> None:
    add("some", moses(server.url))
    server.add("/en-zh_cn.zip", make_zip(tmp_path / "x.zip", {"Some.en-zh_cn.en": b""}).read_bytes())
    with pytest.raises(XltError, match=r"does not hold .*zh_cn: it is not the archive"):
        resource_files("some", src="en", tgt="zh")


def test_a_dictionary_in_both_directions(server: Server, add: Adder) -> None:
    add(
        "words",
        f"""
kind = "dictionary"
format = "muse"
languages = ["en", "fr"]
pairs = ["en-fr"]
[source]
url = "{server.url}/{{src}}-{{tgt}}.txt"
""",
    )
    server.add("/en-fr.txt", b"cat chat\n")
    server.add("/fr-en.txt", b"chat cat\n")
    resource = resource_files("words", src="fr", tgt="en")
    assert resource.forward is not None
    assert resource.backward is not None
    assert (resource.forward.name, resource.backward.name) == ("fr-en.txt", "en-fr.txt")
    assert resource.files == (resource.forward, resource.backward)
    assert resource.sides is None


def test_task_data_of_one_language(server: Server, add: Adder) -> None:
    add(
        "tags",
        f"""
kind = "tagging"
format = "conllu"
[source]
url = "{server.url}/{{treebank}}/{{file}}-{{split}}.conllu"
[languages]
ar = {{ treebank = "UD_Arabic-PADT", file = "ar_padt" }}
cs = {{ treebank = "UD_Czech-PDT", file = "cs_pdt" }}
[splits]
train = "train"
dev = "dev"
[split_parts]
cs = {{ train = ["train-l", "train-c"] }}
[columns]
token = "1"
label = "3"
""",
    )
    server.add("/UD_Arabic-PADT/ar_padt-dev.conllu", b"1\tx\n")
    for part in "lc":
        server.add(f"/UD_Czech-PDT/cs_pdt-train-{part}.conllu", f"1\t{part}\n".encode())
    resource = resource_files("tags", lang="ar", split="dev")
    assert [path.name for path in resource.files] == ["ar_padt-dev.conllu"]
    assert resource.columns == {"token": "1", "label": "3"}
    with pytest.raises(XltError, match="does not exist"):
        resource_files("tags", lang="ar", split="train")
    # A training file in parts, in the order of the manifest.
    parts = resource_files("tags", lang="cs", split="train")
    assert [path.name for path in parts.files] == ["cs_pdt-train-l.conllu", "cs_pdt-train-c.conllu"]
    there = find_files(load_manifest("tags"), lang="cs", split="train")
    assert there is not None
    assert there.files == parts.files


def test_hub_files_and_the_names_of_the_columns(
    server: Server, add: Adder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    add_data_set(server, "owner/name", {"ar-en/train-00000-of-00001.parquet": b"rows"})
    add(
        "pairs",
        """
kind = "corpus"
format = "parquet"
languages = ["ar", "en"]
pairs = ["ar-en"]
[source]
hub = "owner/name"
revision = "main"
files = "{pair}/{split}-*.parquet"
[splits]
train = "train"
[columns]
translation = "translation"
src = "{src}"
tgt = "{tgt}"
""",
    )
    manifest = load_manifest("pairs")
    assert find_files(manifest, src="en", tgt="ar") is None
    resource = resource_files("pairs", src="en", tgt="ar")
    assert [path.read_bytes() for path in resource.files] == [b"rows"]
    assert resource.columns == {"translation": "translation", "src": "en", "tgt": "ar"}
    assert find_files(manifest, src="en", tgt="ar") == resource
    assert cached_files(manifest) == list(resource.files)


def test_licensed_data_are_put_by_hand(add: Adder, cache: Path) -> None:
    place = cache / "conll2003" / "eng.testa"
    with pytest.raises(XltError, match=f"may not be downloaded: get the text from NIST.*put the file at {place}"):
        resource_files("conll2003", lang="en", split="dev")
    place.parent.mkdir(parents=True)
    place.write_text("EU NNP I-NP B-ORG\n", encoding="utf-8")
    resource = resource_files("conll2003", lang="en", split="dev")
    assert resource.files == (place,)
    assert resource.columns == {"token": "0", "label": "-1"}


def test_what_is_on_disk(server: Server, add: Adder, tmp_path: Path, cache: Path) -> None:
    add("some", moses(server.url))
    manifest = load_manifest("some")
    assert cached_files(manifest) == []
    assert find_files(manifest, src="en", tgt="zh") is None
    serve_zip(server, tmp_path)
    resource_files("some", src="en", tgt="zh")
    assert [path.name for path in cached_files(manifest)] == ["en-zh_cn.zip", "Some.en-zh_cn.en", "Some.en-zh_cn.zh_cn"]


@pytest.mark.parametrize("name", ["tatoeba", "ted2020", "flores200", "mtod"])
def test_the_patterns_of_members_fit_the_archives(name: str) -> None:
    # As the archives are described where they are published.
    members = {
        "tatoeba": "Tatoeba.cmn-en.cmn",
        "ted2020": "TED2020.en-zh_cn.zh_cn",
        "flores200": "flores200_dataset/dev/zho_Hans.dev",
        "mtod": "en/eval-en.conllu",
    }
    manifest = load_manifest(name)
    request = {"src": "zh", "tgt": "en"} if manifest.paired else {"lang": "en"}
    split = "dev" if "dev" in manifest.splits else None
    piece = resolve(manifest, **request, split=split).pieces[0]
    assert piece.member is not None
    assert fnmatch.fnmatchcase(members[name], piece.member)
