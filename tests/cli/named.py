"""Small stand-ins for named resources, put into the cache by hand; ``XLT_CACHE`` says where that is."""

import pyarrow as pa
import pyarrow.parquet as pq

from xlt.corpora.manifests import load_manifest
from xlt.corpora.resources import resource_folder


def put_named() -> list[tuple[str, str]]:
    """A corpus in all its splits, a dictionary in both directions, named entities; the sentence pairs of the corpus."""
    lines = [("the cat sleeps", "le chat dort"), ("a black cat", "un chat noir")] * 20
    pairs = [{"translation": {"ar": b, "en": a}} for a, b in lines]
    for split in ("train", "validation", "test"):
        put("opus100", f"ar-en/{split}-00000-of-00001.parquet", pa.Table.from_pylist(pairs))
    for name, entries in (("en-ar", "cat chat\nblack noir\nsleeps dort\nthe le\n"), ("ar-en", "chat cat\n")):
        put("muse", f"{name}.txt", entries)
    words = pa.table({"tokens": [["a", "cat", "Paul"]] * 8, "ner_tags": [[0, 0, 1]] * 8})
    for lang, split in (("en", "train"), ("en", "test"), ("ar", "test")):
        put("wikiann", f"{lang}/{split}-00000-of-00001.parquet", words)
    return lines


def put(resource: str, name: str, content: str | pa.Table) -> None:
    """A file of a named resource, as somebody puts it into the cache by hand."""
    path = resource_folder(load_manifest(resource)) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        pq.write_table(content, path)
