"""What a data manifest says, as frozen dataclasses. The format is described in ``data_manifests/README.md``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["corpus", "dictionary", "tagging", "sentences"]
Format = Literal["moses", "tsv", "parquet", "jsonl", "muse", "conllu", "conll"]

KINDS: tuple[Kind, ...] = get_args(Kind)
FORMATS: dict[Kind, tuple[Format, ...]] = {
    "corpus": ("moses", "tsv", "parquet"),
    "dictionary": ("muse",),
    "tagging": ("conllu", "conll", "parquet"),
    "sentences": ("tsv", "jsonl", "parquet"),
}


@dataclass(frozen=True)
class HubSource:
    """Files of a Hugging Face data set, by pattern; its loading scripts are never run."""

    repo: str
    revision: str
    files: str


@dataclass(frozen=True)
class UrlSource:
    """A file behind a URL; where it is an archive, ``member`` is the pattern of the file wanted out of it."""

    url: str
    member: str | None


@dataclass(frozen=True)
class ManualSource:
    """Data that may not be downloaded: the user puts ``files`` into the cache as ``instructions`` say."""

    files: str
    instructions: str


Source = HubSource | UrlSource | ManualSource


@dataclass(frozen=True)
class Manifest:
    """One resource.

    Attributes:
        name: the name on the command line, which is the file's name without ``.toml``.
        kind: ``corpus`` and ``dictionary`` are asked for with two languages, ``tagging`` and ``sentences`` with one.
        languages: our code of a language to the variables of its templates, ``lang`` (its name upstream) among them.
        pairs: the pairs of languages there are, in upstream order; None where any two languages make one.
        splits: our name of a split (train, dev, test) to its name upstream; the first is the default.
        only_splits: the splits of a language or of a pair (``ar-de``) that does not have all of them.
        columns: see :class:`xlt.corpora.resources.ResourceFiles`.
        labels: names of labels that are stored as whole numbers, in their order.
        version: a folder of its own in the cache, so that another version does not meet the files of this one.
        checksums: SHA-256 of a file by its name, where it is really known.
        path: the manifest itself.
    """

    name: str
    title: str
    kind: Kind
    description: str
    homepage: str
    licence: str
    citation: str
    notes: str
    format: Format
    languages: Mapping[str, Mapping[str, str]]
    pairs: tuple[tuple[str, str], ...] | None
    splits: Mapping[str, str]
    only_splits: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    labels: tuple[str, ...]
    version: str
    source: Source
    checksums: Mapping[str, str]
    path: Path

    @property
    def paired(self) -> bool:
        """Whether the resource is asked for with two languages."""
        return self.kind in ("corpus", "dictionary")

    @property
    def pair_names(self) -> list[str]:
        """The pairs that are listed, as ``ar-en``; empty where any two languages make one."""
        return [f"{a}-{b}" for a, b in self.pairs or ()]
