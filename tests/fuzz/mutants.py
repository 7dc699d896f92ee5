"""Damage to bytes, lines, tables, JSON and arrays: each takes the content of a sound file and gives another."""

import bz2
import copy
import gzip
import io
import json
import lzma
import random
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.values import CELLS, WORDS, as_json, column_of, node_of
from xlt.files.provenance import KEY

Mutate = Callable[[bytes, random.Random], bytes]


def of_bytes(data: bytes, draw: random.Random) -> bytes:
    """Bytes flipped, cut off, taken out, doubled."""
    damaged = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 8])):
        if not damaged:
            break
        at = draw.randrange(len(damaged))
        how = draw.randrange(6)
        if how == 0:
            damaged[at] ^= 1 << draw.randrange(8)
        elif how == 1:
            damaged[at] = draw.choice([0, 9, 10, 13, 32, 0x7F, 0x80, 0xFF])
        elif how == 2:
            del damaged[at:]
        elif how == 3:
            del damaged[at : at + draw.choice([1, 4, 100])]
        elif how == 4:
            damaged[at:at] = damaged[at : at + draw.choice([1, 8, 200])]
        else:
            damaged[at : at + 4] = struct.pack("<I", draw.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1]))
    return bytes(damaged)


def of_lines(data: bytes, draw: random.Random) -> bytes:
    """Words replaced, lines taken out, doubled, joined, cut; line ends, compression."""
    lines = data.split(b"\n")
    for _ in range(draw.choice([1, 1, 2, 5])):
        at, word = draw.randrange(len(lines)), draw.choice(WORDS)
        how = draw.randrange(9)
        if how <= 2:
            blank = draw.choice([b" ", b"\t"])
            words = lines[at].split(blank)
            words[draw.randrange(len(words))] = word
            lines[at] = blank.join(words)
        elif how == 3:
            lines[at:at] = [word] * draw.choice([1, 1, 50])
        elif how == 4:
            lines[at : at + draw.choice([1, 3])] = []
            lines = lines or [b""]
        elif how == 5:
            lines[at:at] = lines[at : at + draw.choice([1, 20])]
        elif how == 6:
            lines[at] = lines[at][: draw.randrange(len(lines[at]) + 1)]
        elif how == 7:
            lines[at] = lines[at] + lines[at - 1]
        else:
            lines[at] = lines[at].replace(b"\t", draw.choice([b" ", b"\t\t", b","]))
    data = draw.choice([b"\n"] * 6 + [b"\r\n", b"\r"]).join(lines)
    how = draw.randrange(12)
    packs: dict[int, Callable[[bytes], bytes]] = {0: gzip.compress, 1: bz2.compress, 2: lzma.compress}
    return packs[how](data) if how in packs else gzip.compress(data)[:-9] if how == 3 else data


def of_json(data: bytes, draw: random.Random) -> bytes:
    """Nodes replaced, left out, one too many."""
    value = json.loads(data)
    for _ in range(draw.choice([1, 1, 1, 3])):
        value = _with_node(value, draw)
    return as_json(value)


def of_jsonl(data: bytes, draw: random.Random) -> bytes:
    """As :func:`of_json` in one of the lines."""
    lines = data.splitlines()
    at = draw.randrange(len(lines))
    lines[at] = of_json(lines[at], draw)
    return b"\n".join(lines) + b"\n"


def _with_node(value: Any, draw: random.Random) -> Any:
    places = list(_places(value))
    if not places or draw.random() < 0.03:
        return node_of(draw)
    holder, key = draw.choice(places)
    how = draw.random()
    if how < 0.15:
        del holder[key]
    elif how < 0.25:
        more = copy.deepcopy(holder[key])
        if isinstance(holder, dict):
            holder[f"{key}2"] = more
        else:
            holder.insert(key, more)
    else:
        holder[key] = node_of(draw)
    return value


def _places(value: Any, depth: int = 0) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for number, (key, inner) in enumerate(items):
        # Not thousands of words of a vocabulary, beside which nothing else would be hit.
        if number >= 40:
            break
        yield value, key
        if depth < 40:
            yield from _places(inner, depth + 1)


def of_toml(data: bytes, draw: random.Random) -> bytes:
    """A value of some line replaced, lines as :func:`of_lines` has them."""
    if draw.random() < 0.4:
        return of_lines(data, draw)
    lines = data.split(b"\n")
    keyed = [i for i, line in enumerate(lines) if b" = " in line]
    for at in draw.choices(keyed, k=draw.choice([1, 1, 2])):
        key = lines[at].partition(b" = ")[0]
        values = (
            b"0", b"-1", b"1e400", b"nan", b"inf", b"9223372036854775807", b"9" * 5000, b"true", b'""', b'"x"', b"[]",
            b"{}", b"[[]]", b'["x", 1]', b"1979-05-27", b"'../../x'", b'"\\u0000"', b'"{x}"', b'"{lang}"', b"[" * 2000,
            b'"' + b"x" * 70_000 + b'"', b"1000000000", b"0.5", b'{x = {y = 1}}',
        )  # fmt: skip
        lines[at] = key + b" = " + draw.choice(values)
    return b"\n".join(lines)


def of_array(data: bytes, draw: random.Random) -> bytes:
    """Another type, shape or header, numbers that are none."""
    array = np.load(io.BytesIO(data))
    how = draw.randrange(8)
    out = io.BytesIO()
    if how == 0:
        kind = draw.choice(["<i4", "<u8", "<c8", "<f2", ">f4", "<f8", "?", "S4", "U3", "<M8[s]", "V8"])
        np.save(out, np.zeros(array.shape, kind))
    elif how == 1:
        np.save(out, array.reshape(draw.choice([(-1,), (1, 1, *array.shape), (*array.shape, 1), array.shape[::-1]])))
    elif how == 2:
        array.flat[draw.randrange(array.size)] = draw.choice([np.nan, np.inf, -np.inf, 3e38, 1e-45])
        np.save(out, array)
    elif how == 3:
        array[draw.randrange(len(array))] = draw.choice([0, np.nan, 3e38])
        np.save(out, array)
    elif how == 4:
        shape = draw.choice(["(2, 20, 9999999999)", "(-1, 20, 6)", "(2, 20, 6.0)", "(1" + "0" * 400 + ",)",
                             "(0, 20, 6)", "(2, 0, 6)", "()", "[2, 20, 6]", "(2, 20, 60)"])  # fmt: skip
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text + b"\n" + data[128:])
    elif how == 5:
        np.savez(out, array)
    elif how == 6:
        np.save(out, np.asfortranarray(array))
    else:
        return of_bytes(data, draw)
    return out.getvalue()


def of_table(data: bytes, draw: random.Random) -> bytes:
    """Cells, columns, rows and the record changed; in any of the formats."""
    table = pq.read_table(io.BytesIO(data))
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        table = _changed(table, draw)
    data = draw.choice([_parquet, _parquet, _stream, _file, _csv, _jsonl])(table, draw)
    return of_bytes(data, draw) if draw.random() < 0.1 else data


def _changed(table: pa.Table, draw: random.Random) -> pa.Table:
    how = draw.randrange(13)
    at = draw.randrange(max(1, table.num_columns))
    if not table.num_columns:
        return table
    name = table.column_names[at]
    if how <= 2:
        return table.set_column(at, name, column_of(draw, table.num_rows))
    if how <= 6:
        cells = table.column(at).to_pylist()
        for row in draw.sample(range(len(cells)), min(len(cells), draw.choice([1, 1, 3, 1000]))):
            cell = draw.choice(CELLS)
            if isinstance(cells[row], list) and draw.random() < 0.7:
                cells[row] = [*cells[row][:1], cell]
            else:
                cells[row] = cell
        try:
            column = pa.array(cells, table.column(at).type)
        except (pa.ArrowException, ValueError, OverflowError, TypeError):
            try:
                column = pa.array(cells)
            except (pa.ArrowException, ValueError, OverflowError, TypeError):
                column = pa.nulls(len(cells), table.column(at).type)
        return table.set_column(at, name, column)
    if how == 7:
        return table.remove_column(at)
    if how == 8:
        new = draw.choice(
            ["x", "", "where", "y\nz", "\x1b[1m", "layer", "note", "=x", "x" * 300, table.column_names[0]]
        )
        return table.append_column(new, column_of(draw, table.num_rows))
    if how == 9:
        return table.slice(0, draw.choice([0, 1, table.num_rows // 2]))
    if how == 10:
        return pa.concat_tables([table] * draw.choice([2, 3]))
    if how == 11:
        names = [*table.column_names]
        names[at] = draw.choice(["x", "", name.upper(), names[0], "lang"])
        return table.rename_columns(names)
    metadata = dict(table.schema.metadata or {})
    metadata[KEY.encode()] = of_json(metadata.get(KEY.encode(), b"{}"), draw)
    return table.replace_schema_metadata(metadata)


def _parquet(table: pa.Table, draw: random.Random) -> bytes:
    out = io.BytesIO()
    compression = draw.choice(["snappy", "zstd", "none", "gzip"])
    try:
        pq.write_table(table, out, compression=compression, data_page_version=draw.choice(["1.0", "2.0"]))
    except (pa.ArrowException, ValueError):
        return _stream(table, draw)
    return out.getvalue()


def _stream(table: pa.Table, draw: random.Random) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=draw.choice([3, 1000]))
    return out.getvalue()


def _file(table: pa.Table, draw: random.Random) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table)
    return out.getvalue()


def _csv(table: pa.Table, draw: random.Random) -> bytes:
    rows = [table.column_names, *zip(*(column.to_pylist() for column in table.columns), strict=True)]
    text = "\n".join(",".join(map(_csv_cell, row)) for row in rows) + "\n"
    data = text.encode(errors="replace")
    return of_lines(data, draw) if draw.random() < 0.3 else data


def _csv_cell(value: Any) -> str:
    text = "" if value is None else json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


def _jsonl(table: pa.Table, draw: random.Random) -> bytes:
    data = b"".join(as_json(dict(zip(table.column_names, row, strict=True))) + b"\n" for row in
                    zip(*(column.to_pylist() for column in table.columns), strict=True)) or b"{}\n"  # fmt: skip
    return of_jsonl(data, draw) if draw.random() < 0.3 else data
