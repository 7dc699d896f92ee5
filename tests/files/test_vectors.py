"""Folders of embeddings made by anybody, hostile ones included."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xlt.errors import XltError
from xlt.files.schemas import WORDS
from xlt.files.tables import write_table
from xlt.files.vectors import create_array, open_embeddings

RNG = np.random.default_rng(0)


def folder(path: Path, src: Any, tgt: Any = None) -> Path:
    for name, array in (("src", src), ("tgt", src if tgt is None else tgt)):
        np.save(path / f"{name}.npy", array)
    return path


def floats(*shape: int) -> Any:
    return RNG.standard_normal(shape).astype(np.float32)


def test_two_dimensions_count_as_one_layer(tmp_path: Path) -> None:
    src, tgt = floats(5, 3), floats(5, 3)
    opened = open_embeddings(folder(tmp_path, src, tgt))
    assert opened.src.shape == (1, 5, 3)
    assert np.array_equal(opened.src[0], src)
    assert np.array_equal(opened.tgt[0], tgt)
    assert (opened.layers, opened.num_layers, opened.words, opened.record) == ([0], 0, None, None)


def test_arrays_are_mapped_not_loaded(tmp_path: Path) -> None:
    opened = open_embeddings(folder(tmp_path, floats(2, 500, 3)))
    assert isinstance(opened.src, np.memmap)
    assert not opened.src.flags.writeable
    assert (opened.layers, opened.num_layers) == ([0, 1], 1)


def test_the_record_names_the_layers(tmp_path: Path) -> None:
    folder(tmp_path, floats(3, 5, 4))
    (tmp_path / "xlt.json").write_text(json.dumps({"layers": [0, 6, 11], "num_layers": 12}))
    opened = open_embeddings(tmp_path)
    assert (opened.layers, opened.num_layers) == ([0, 6, 11], 12)
    (tmp_path / "xlt.json").write_text(json.dumps({"layers": [0, 6, 11]}))
    assert open_embeddings(tmp_path).num_layers == 11


@pytest.mark.parametrize("layers", ["[0, 1]", "[0, 1, 2, 3]", '[0, 1, "2"]', "3", "null", "[0, 1, 2.5]"])
def test_layers_that_do_not_fit(tmp_path: Path, layers: str) -> None:
    folder(tmp_path, floats(3, 5, 4))
    (tmp_path / "xlt.json").write_text(f'{{"layers": {layers}}}')
    with pytest.raises(XltError, match="names the layers"):
        open_embeddings(tmp_path)


@pytest.mark.parametrize("content", ['{"num_layers": "twelve"}', '{"num_layers": null}', "[1]", "no JSON", ""])
def test_a_strange_record(tmp_path: Path, content: str) -> None:
    folder(tmp_path, floats(3, 5, 4))
    (tmp_path / "xlt.json").write_text(content)
    with pytest.raises(XltError, match=r"xlt\.json"):
        open_embeddings(tmp_path)


class Bomb:
    """Unpickling it leaves a mark on the disk."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_objects_are_refused_and_never_unpickled(tmp_path: Path) -> None:
    mark, data = tmp_path / "exploded", tmp_path / "data"
    data.mkdir()
    np.save(data / "src.npy", np.array([[Bomb(mark)]], object), allow_pickle=True)
    (data / "tgt.npy").write_bytes((data / "src.npy").read_bytes())
    with pytest.raises(XltError, match="Python objects"):
        open_embeddings(data)
    (data / "src.npy").write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(XltError, match="cannot be read"):
        open_embeddings(data)
    assert not mark.exists()


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.complex64, "U3", [("x", "f4")]])
def test_what_is_not_floating(tmp_path: Path, dtype: Any) -> None:
    with pytest.raises(XltError, match="no floating point array"):
        open_embeddings(folder(tmp_path, np.zeros((5, 3), dtype)))


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4"])
def test_every_floating_type(tmp_path: Path, dtype: str) -> None:
    array = floats(5, 3).astype(dtype)
    assert np.array_equal(open_embeddings(folder(tmp_path, array)).src[0], array)


@pytest.mark.parametrize("shape", [(), (5,), (1, 1, 5, 3), (0, 3), (2, 5, 0), (0, 5, 3)])
def test_other_shapes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(XltError, match=r"src\.npy|the arrays have no row"):
        open_embeddings(folder(tmp_path, np.zeros(shape, np.float32)))


@pytest.mark.parametrize("other", [(4, 3), (5, 4), (2, 5, 3)])
def test_arrays_of_different_shape(tmp_path: Path, other: tuple[int, ...]) -> None:
    with pytest.raises(XltError, match="must be the translation"):
        open_embeddings(folder(tmp_path, floats(5, 3), floats(*other)))


@pytest.mark.parametrize("keep", [0, 8, 60, 200, -1])
def test_a_file_that_is_cut_off(tmp_path: Path, keep: int) -> None:
    folder(tmp_path, floats(2, 50, 3))
    whole = (tmp_path / "tgt.npy").read_bytes()
    (tmp_path / "tgt.npy").write_bytes(whole[:keep])
    with pytest.raises(XltError, match=r"tgt\.npy cannot be read.*cut off"):
        open_embeddings(tmp_path)


@pytest.mark.parametrize(
    "shape",
    ["(4, 2000, 768)", "(99999999999, 99999999999, 9)", "(-1, 5, 3)", "(True, 3)", "'x'", "__import__('os')"],
)
def test_a_header_that_lies(tmp_path: Path, shape: str) -> None:
    folder(tmp_path, floats(2, 5, 3))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    (tmp_path / "src.npy").write_bytes(
        b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() + bytes(120)
    )
    with pytest.raises(XltError, match=r"src\.npy"):
        open_embeddings(tmp_path)


def test_a_missing_array_and_a_missing_folder(tmp_path: Path) -> None:
    np.save(tmp_path / "src.npy", floats(5, 3))
    with pytest.raises(XltError, match=r"tgt\.npy is missing; the folder holds src\.npy"):
        open_embeddings(tmp_path)
    with pytest.raises(XltError, match="no such folder"):
        open_embeddings(tmp_path / "x")


def test_words_belong_to_the_rows(tmp_path: Path) -> None:
    folder(tmp_path, floats(2, 3, 4))
    rows = [{"src_word": w} for w in "abc"]
    write_table(str(tmp_path / "words.parquet"), rows, WORDS.arrow(), {}, False)
    opened = open_embeddings(tmp_path)
    assert opened.words is not None
    assert [r["src_word"] for b in opened.words.batches(None) for r in b.to_pylist()] == ["a", "b", "c"]
    write_table(str(tmp_path / "words.parquet"), rows[:2], WORDS.arrow(), {}, True)
    with pytest.raises(XltError, match=r"words\.parquet has 2 rows, the arrays 3"):
        open_embeddings(tmp_path)


def test_an_array_on_disk(tmp_path: Path) -> None:
    array = create_array(tmp_path / "x.npy", (2, 5, 3), np.float32)
    values = floats(2, 5, 3)
    array[:] = values
    del array
    read = np.load(tmp_path / "x.npy", allow_pickle=False)
    assert np.array_equal(read, values)
    assert read.dtype == np.float32
    # The blocks are there before anything is written.
    create_array(tmp_path / "y.npy", (1000, 1000), np.float32)
    assert (tmp_path / "y.npy").stat().st_blocks * 512 >= 4_000_000


def test_a_header_that_claims_58_terabytes_reserves_none_of_them(tmp_path: Path) -> None:
    folder(tmp_path, floats(2, 5, 3))
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (10, 1000000000, 768), }".ljust(117) + "\n"
    start = b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode()
    (tmp_path / "src.npy").write_bytes(start + bytes(500))
    with pytest.raises(XltError, match=r"src\.npy cannot be read: it is broken or cut off"):
        open_embeddings(tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        # What numpy reads as Python ends with an open bracket, an open string, or is another thing.
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 5, 3",
        "{'descr': '<f4', 'fortran_order': False, 'shape",
        "{'descr': '<f4', 'fortran_order': False, 'shap\udcff\udcff': 2, 5, 3), }",
        "[1, 2, 3]",
    ],
)
def test_a_header_that_is_none(tmp_path: Path, header: str) -> None:
    folder(tmp_path, floats(2, 5, 3))
    text = header.encode("utf-8", "surrogateescape").ljust(117) + b"\n"
    (tmp_path / "src.npy").write_bytes(b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text + bytes(120))
    with pytest.raises(XltError, match=r"src\.npy cannot be read: it is broken or cut off"):
        open_embeddings(tmp_path)


def test_an_archive_of_arrays_is_no_array(tmp_path: Path) -> None:
    folder(tmp_path, floats(2, 5, 3))
    np.savez(tmp_path / "x.npz", src=floats(2, 5, 3))
    (tmp_path / "x.npz").rename(tmp_path / "src.npy")
    with pytest.raises(XltError, match=r"src\.npy cannot be read.*write it with numpy\.save"):
        open_embeddings(tmp_path)
