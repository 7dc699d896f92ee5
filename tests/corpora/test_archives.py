import gzip
import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.corpora.archives import check_unpacked, portable_name, safe_name, unpack, unpacked_from
from xlt.errors import XltError

FILES = {"top.txt": b"top", "a/b.txt": "ü".encode() * 10, "a/c/d.txt": b""}


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


def make_tar(path: Path, files: dict[str, bytes]) -> Path:
    mode = {".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return path


def make_odd_tar(path: Path, name: str, kind: bytes, target: str) -> Path:
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        archive.addfile(info)
        body = tarfile.TarInfo("innocent.txt")
        archive.addfile(body, io.BytesIO(b""))
    return path


def everything(name: str) -> bool:
    return True


def unpacked(archive: Path, folder: Path, chosen: Callable[[str], bool] = everything) -> dict[str, bytes]:
    unpack(archive, folder, chosen, sha256="abc")
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "xlt.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_every_kind_by_its_content(tmp_path: Path, suffix: str) -> None:
    make = make_zip if suffix == ".zip" else make_tar
    archive = make(tmp_path / f"x{suffix}", FILES)
    renamed = archive.rename(tmp_path / "without-a-suffix")
    assert unpacked(renamed, tmp_path / "out") == FILES
    assert unpacked_from(tmp_path / "out") == "abc"


def test_only_what_is_wanted(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", FILES)
    assert unpacked(archive, tmp_path / "out", lambda name: name.startswith("a/")).keys() == {"a/b.txt", "a/c/d.txt"}


def test_an_old_folder_is_replaced_whole(tmp_path: Path) -> None:
    assert unpacked(make_zip(tmp_path / "x.zip", FILES), tmp_path / "out") == FILES
    assert unpacked(make_zip(tmp_path / "x.zip", {"new": b"1"}), tmp_path / "out") == {"new": b"1"}


BAD_NAMES = ["../x", "a/../../x", "/xlt-escaped", "..", "a\\..\\x", "c:/x", "~/x", "a\nb", "x" * 300]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("chosen", [True, False])
def test_a_name_that_leads_out_is_refused(
    tmp_path: Path, name: str, make: Callable[[Path, dict[str, bytes]], Path], chosen: bool
) -> None:
    (tmp_path / "in").mkdir()
    archive = make(tmp_path / "x", {"good.txt": b"good", name: b"evil"})
    with pytest.raises(XltError, match="whose name"):
        unpack(archive, tmp_path / "in" / "out", lambda _: chosen, sha256="")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "x"]
    assert not Path("/xlt-escaped").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
@pytest.mark.parametrize("target", ["../../outside", "/etc/passwd", "innocent.txt"])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes, target: str) -> None:
    archive = make_odd_tar(tmp_path / "x.tar", "link", kind, target)
    with pytest.raises(XltError, match="holds a link or a device"):
        unpack(archive, tmp_path / "out", everything, sha256="")
    assert [path.name for path in tmp_path.iterdir()] == ["x.tar"]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(XltError, match="holds a link or a device"):
        unpack(tmp_path / "x.zip", tmp_path / "out", everything, sha256="")


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
@pytest.mark.parametrize("chosen", [True, False])
def test_a_bomb_is_refused(tmp_path: Path, suffix: str, chosen: bool) -> None:
    make = make_zip if suffix == ".zip" else make_tar
    archive = make(tmp_path / f"x{suffix}", {f"{i}.txt": bytes(1_000_000) for i in range(4)})
    with pytest.raises(XltError, match="unpacks to more than 3,000,000 bytes"):
        unpack(archive, tmp_path / "out", lambda _: chosen, sha256="", limit=3_000_000)
    assert not (tmp_path / "out").exists()


def test_a_zip_that_understates_its_sizes_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", {"f": bytes(100_000)})
    data = archive.read_bytes()
    archive.write_bytes(data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(XltError, match=r"damaged|bigger than the archive says"):
        unpack(archive, tmp_path / "out", everything, sha256="")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.8])
def test_a_cut_off_archive_is_one_sentence(tmp_path: Path, suffix: str, keep: float) -> None:
    make = make_zip if suffix == ".zip" else make_tar
    noise = bytes((i * i * 7 + i) % 251 for i in range(30_000))
    archive = make(tmp_path / f"x{suffix}", {"f.txt": noise, "g.txt": noise[::-1]})
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(XltError, match=r"damaged|cut off"):
        unpack(archive, tmp_path / "out", everything, sha256="")
    assert not (tmp_path / "out").exists()


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("<html>Not found</html>" * 100, encoding="utf-8")
    with pytest.raises(XltError, match="neither a zip nor a tar"):
        unpack(tmp_path / "x", tmp_path / "out", everything, sha256="")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("f", "one")
        archive.writestr("f", "two")
    with pytest.raises(XltError, match="twice"):
        unpack(tmp_path / "x.zip", tmp_path / "out", everything, sha256="")
    with pytest.raises(XltError, match="twice, or as file and folder"):
        unpack(make_zip(tmp_path / "y.zip", {"f": b"", "f/g": b""}), tmp_path / "out", everything, sha256="")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", {"f": b"secret"})
    data = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(XltError, match=r"damaged .*encrypted"):
        unpack(archive, tmp_path / "out", everything, sha256="")


_pieces = st.sampled_from(["..", ".", "", "/", "a", "b c", "\\", "~", "\0", "C:", "…", "x" * 200]) | st.text(max_size=5)


@given(st.lists(_pieces, max_size=6).map("/".join))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    root = Path("/somewhere/inside")
    try:
        path = root / safe_name(name)
    except ValueError:
        return
    normal = Path(str(path)).absolute()
    assert normal.is_relative_to(root)
    assert normal != root
    assert ".." not in normal.parts


def test_members_are_what_was_unpacked(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    unpacked(make_zip(tmp_path / "x.zip", FILES), folder)
    files = [folder / name for name in FILES]
    check_unpacked(folder, files)
    # Copied to another machine it is the same all the same.
    os.utime(files[0], (1, 1))
    check_unpacked(folder, files)
    files[0].write_bytes(b"other")
    with pytest.raises(XltError, match=rf"^{files[0]} is not what was unpacked there; delete the folder {folder} to"):
        check_unpacked(folder, files)
    # Older versions kept no hashes.
    (folder / "xlt.json").write_text('{"archive": "abc", "files": []}')
    check_unpacked(folder, files)


@pytest.mark.parametrize("name", ["train.tsv.gz", "en-fr.txt.zip", "Ünï 1.zip", "a" * 200])
def test_a_portable_name_is_itself(name: str) -> None:
    assert portable_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../../x", "a\x00b", "a/b", "a\\b", ".hidden", "x" * 300 + ".tar.gz", "é" * 200]
)
def test_any_other_is_made_one(name: str) -> None:
    made = portable_name(name)
    assert re.fullmatch(r"[\w.-]{1,80}", made)
    assert not made.startswith(".")
    assert made != portable_name(name + "x")
    assert made.endswith(".tar.gz") == name.endswith(".tar.gz")


def test_a_head_of_megabytes(tmp_path: Path) -> None:
    # Before a member with a long name stands another that holds it; tarfile reads it whole.
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 300 << 20
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(tarfile.TarInfo("a").tobuf() + info.tobuf())
        for _ in range(300):
            file.write(bytes(1 << 20))
    with pytest.raises(XltError, match=r"the head of a member has 314,572,800 bytes"):
        unpacked(path, tmp_path / "out")
