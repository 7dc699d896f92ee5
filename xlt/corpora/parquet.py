"""Parallel text in Parquet: a ``translation`` struct, as the hub has it, or a column per language."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xlt.errors import XltError


def parquet_pairs(path: Path, src: str, tgt: str, batch_rows: int) -> Iterator[tuple[list[str], list[str]]]:
    """Sentence pairs of one Parquet file, ``batch_rows`` at a time; a null counts as an empty sentence.

    Raises:
        XltError: a broken file, or one without the two languages.
    """
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        nested = "translation" in schema.names and pa.types.is_struct(schema.field("translation").type)
        names = [f.name for f in schema.field("translation").type] if nested else schema.names
        missing = [lang for lang in (src, tgt) if lang not in names]
        if missing:
            raise XltError(f"{path}: no column for {' nor '.join(missing)}; it has {', '.join(names)}")
        wanted = [f"translation.{lang}" if nested else lang for lang in (src, tgt)]
        for batch in file.iter_batches(batch_rows, columns=wanted):
            sides = [pc.struct_field(batch.column(0), lang) if nested else batch.column(lang) for lang in (src, tgt)]
            yield _texts(sides[0]), _texts(sides[1])
    except UnicodeDecodeError as error:
        raise XltError(f"{path}: invalid UTF-8 (byte 0x{error.object[error.start]:02x}) in a sentence") from error
    except (pa.ArrowException, OSError) as error:
        raise XltError(f"{path} cannot be read: it is broken or cut off ({str(error).splitlines()[0]})") from error


def _texts(column: pa.Array) -> list[str]:
    texts: list[str] = pc.fill_null(column.cast(pa.string()), "").to_pylist()
    return texts
