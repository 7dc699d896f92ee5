"""Folders of embeddings: ``src.npy`` and ``tgt.npy`` of shape (layers, N, dim), ``words.parquet``, ``xlt.json``.

For a reader only the two arrays are required, so that anybody's script can make such a folder. No pickle is ever
loaded.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Literal

import numpy as np
import numpy.typing as npt

from xlt.arrays import AnyFloats
from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.provenance import Record, read_folder_record
from xlt.files.schemas import WORDS
from xlt.files.tables import Source, open_table

_SMALL = 4096


def create_array(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> AnyFloats:
    """A new NPY file of the given shape, mapped for writing, its blocks reserved on disk.

    Reserving turns a full disk into an error here, instead of a crash at a later write through the mapping.

    Raises:
        OSError: no space left on the device.
    """
    if 0 in shape:
        # Nothing can be mapped; an empty shard is a file all the same.
        empty: AnyFloats = np.zeros(shape, dtype)
        np.save(path, empty)
        return empty
    array: AnyFloats = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, path.stat().st_size))
    return array


@dataclass(frozen=True, kw_only=True)
class Embeddings:
    """An opened folder.

    Attributes:
        src, tgt: (layers, N, dim) floating point, memory-mapped.
        layers: the layer number of each leading index.
        num_layers: layers of the model (its highest layer number), for counting depth from the end.
        words: the table of words, or None where the folder has none.
        record: provenance, or None for a folder made elsewhere.
    """

    folder: Path
    src: AnyFloats
    tgt: AnyFloats
    layers: list[int]
    num_layers: int
    words: Source | None
    record: Record | None


def open_embeddings(folder: Path) -> Embeddings:
    """Open and check a folder of embeddings; a 2-D array counts as one layer.

    Raises:
        XltError: a missing or broken array, arrays of different or wrong shape, an object or integer dtype, a words
            table of another length, or a record whose layers do not fit.
    """
    if not folder.is_dir():
        raise XltError(f"{folder}: no such folder; --embeddings takes folders with src.npy and tgt.npy")
    src, tgt = _open_array(folder / "src.npy"), _open_array(folder / "tgt.npy")
    if src.shape != tgt.shape:
        raise XltError(
            f"{folder}: src.npy has shape {src.shape}, tgt.npy {tgt.shape}; row i of one must be the translation of "
            "row i of the other"
        )
    record = read_folder_record(folder)
    if not src.shape[1] and record is None:
        raise XltError(f"{folder}: the arrays have no row")
    if (folder / FOLDER_RECORD).is_file() and record is None:
        raise XltError(f"{folder / FOLDER_RECORD} is not a JSON object; mend or remove it")
    layers = (record or {}).get("layers", list(range(len(src))))
    if not isinstance(layers, list) or len(layers) != len(src) or not all(isinstance(i, int) for i in layers):
        raise XltError(
            f"{folder}: {FOLDER_RECORD} names the layers {json.dumps(layers)}, but the arrays hold {len(src)}"
        )
    words = None
    if (folder / "words.parquet").is_file():
        words = open_table(str(folder / "words.parquet"), WORDS)
        if words.num_rows != src.shape[1]:
            raise XltError(f"{words.where} has {words.num_rows} rows, the arrays {src.shape[1]}")
    num_layers = (record or {}).get("num_layers", max(layers))
    if not isinstance(num_layers, int):
        raise XltError(f"{folder}: {FOLDER_RECORD} says num_layers {json.dumps(num_layers)}, which is no whole number")
    return Embeddings(folder=folder, src=src, tgt=tgt, layers=layers, num_layers=num_layers, words=words, record=record)


def _check_size(path: Path) -> None:
    # What a header claims is reserved before anything is read.
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        if not dtype.hasobject and dtype.itemsize * math.prod(shape) > path.stat().st_size - file.tell():
            raise ValueError("the file is shorter than its header says")


def _open_array(path: Path) -> AnyFloats:
    if not path.is_file():
        have = ", ".join(sorted(p.name for p in path.parent.iterdir())) or "nothing"
        raise XltError(f"{path} is missing; the folder holds {have}")
    try:
        # An array without rows (an empty shard) cannot be mapped; what is small need not be.
        mode: Literal["r"] | None = "r" if path.stat().st_size > _SMALL else None
        _check_size(path)
        with np.errstate(over="raise"):
            array: AnyFloats = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (ValueError, TypeError, ArithmeticError, OSError, EOFError, SyntaxError, TokenError) as error:
        reason = "it holds Python objects" if "object" in str(error).lower() else "it is broken or cut off"
        raise XltError(f"{path} cannot be read: {reason}; write it with numpy.save(float array)") from error
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.floating):
        raise XltError(f"{path} is no floating point array; save float32, float16 or float64")
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or 0 in (array.shape[0], array.shape[2]):
        raise XltError(f"{path} has shape {array.shape}; expected (layers, N, dim) or (N, dim), none of them 0")
    return array
