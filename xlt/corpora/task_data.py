"""The data of a task: files for each language and split out of names and paths, and their sentences."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal, TypeVar

from xlt.corpora.labelled import Labelled, read_labelled
from xlt.corpora.manifest_parser import Manifest
from xlt.corpora.manifests import did_you_mean, is_known, known_name, load_manifest, resolve, true_language
from xlt.corpora.resources import resource_files
from xlt.corpora.tagged import Tagged, read_tagged
from xlt.corpora.text import existing
from xlt.corpora.word_columns import LabelRule
from xlt.errors import NotFetchedError, OptionError, XltError, check_all
from xlt.files.places import offline_reason
from xlt.work import Progress

T = TypeVar("T")

Shape = Literal["words", "text", "pair"]
"""What a task labels: each word, a text, or a pair of texts."""

_KIND: dict[Shape, str] = {"words": "tagging", "text": "sentences", "pair": "sentences"}
# 'en=A.conllu': a language code as manifests have them, then a name or path.
_OF_LANGUAGE = re.compile(r"([A-Za-z]{2,}(?:[-_][A-Za-z0-9]+)*)=(.+)", re.DOTALL)


@dataclass(frozen=True)
class TaskFiles:
    """Files that are there, and how to read them.

    Attributes:
        shape: what the task labels.
        lang, split: what was asked for.
        name: where it was looked for: a manifest's name or a path, as given.
        files: in reading order.
        columns: names or numbers of the columns, as a manifest or the user says them.
        labels: names of labels that are stored as whole numbers.
    """

    shape: Shape
    lang: str
    split: str
    name: str
    files: tuple[Path, ...]
    columns: Mapping[str, str]
    labels: tuple[str, ...] = ()


def check_task_data(specs: Sequence[str], requests: Sequence[tuple[str, str]], shape: Shape) -> None:
    """Look whether there are data of every language and split, as :func:`find_task_data` does, and fetch nothing.

    Raises:
        XltError: it names all that are missing.
    """
    general, special = _parsed(specs)
    check_all(*(partial(_check, special.get(lang, general), lang, split, shape) for lang, split in requests))


def find_task_data(
    specs: Sequence[str],
    requests: Sequence[tuple[str, str]],
    shape: Shape,
    progress: Progress | None = None,
    *,
    columns: Mapping[str, str] | None = None,
) -> list[TaskFiles]:
    """The files for each (language, split), in that order; nothing is read yet.

    Args:
        specs: as ``--data`` has them: a manifest's name; or a path, which may hold ``{lang}`` and ``{split}`` and be
            compressed under another name; or one of both for one language, ``en=A.conllu``, which goes before the rest.
        requests: languages with splits (train, dev, test).
        shape: what the task labels.
        progress: of downloads, see :func:`xlt.corpora.resources.resource_files`.
        columns: what the user says of them, which goes before what a manifest says.

    Raises:
        XltError: no data for a language or split; a manifest of another kind; one file that would serve as two
            languages or splits.
    """
    check_task_data(specs, requests, shape)
    general, special = _parsed(specs)
    all_files: list[TaskFiles] = []
    used: dict[Path, TaskFiles] = {}
    for lang, split in dict.fromkeys(requests):
        spec = special.get(lang, general)
        if spec is None:
            raise XltError(f"no data for {lang}, split {split}: --data gives {', '.join(special) or 'nothing'} only")
        files = _located(spec, lang, split, shape, progress)
        files = replace(files, columns={**files.columns, **(columns or {})})
        for path in files.files:
            other = used.setdefault(path, files)
            if other is not files:
                raise OptionError(
                    "data",
                    f"{spec}: {path} would serve as {other.lang} {other.split} and as {lang} {split}; "
                    "write {lang} and {split} where the paths differ, or a path for each language: "
                    f"{other.lang}=PATH and {lang}=PATH",
                )
        all_files.append(files)
    return all_files


def true_names(specs: Sequence[str], langs: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """What is meant by names in other spellings, ``WikiANN`` and ``EN``; paths, and the languages of paths, stay.

    Args:
        specs: as :func:`find_task_data` takes them.
        langs: of which data are asked for.

    Returns:
        The specs and the languages by their own names. What is not there keeps the name that it was given.

    Raises:
        XltError: specs that contradict each other, or a damaged manifest.
    """
    general, special = _parsed(specs)
    true = {lang: _true_language(special.get(lang, general), lang) for lang in (*langs, *special)}
    renamed = []
    for spec in specs:
        lang, name = _split_spec(spec)
        renamed.append((known_name(name) or name) if lang is None else f"{true[lang]}={known_name(name) or name}")
    return tuple(renamed), [true[lang] for lang in langs]


def _true_language(spec: str | None, lang: str) -> str:
    name = None if spec is None else known_name(spec)
    if name is None:
        return lang
    try:
        return true_language(load_manifest(name), lang)
    except XltError:
        # Whoever looks for the data says so, and what is there.
        return lang


def read_task_data(files: TaskFiles, limit: int | None = None, rule: LabelRule = LabelRule()) -> Tagged | Labelled:
    """The sentences of one language and split, the first ``limit`` of them.

    Args:
        files: where they are.
        limit: first sentences; None takes all.
        rule: of the labels of words.

    Raises:
        XltError: see :func:`xlt.corpora.tagged.read_tagged` and :func:`xlt.corpora.labelled.read_labelled`.
    """
    if files.shape == "words":
        tagged = [read_tagged(path, files.columns, files.labels, rule) for path in files.files]
        words, labels = _chained(part.words for part in tagged), _chained(part.labels for part in tagged)
        return Tagged(words[:limit], labels[:limit], _added(part.left_out for part in tagged))
    pair = files.shape == "pair"
    parts = [read_labelled(path, pair=pair, columns=files.columns, names=files.labels) for path in files.files]
    second = _chained(part.second or [] for part in parts) if pair else None
    return Labelled(
        _chained(part.first for part in parts)[:limit],
        second[:limit] if second is not None else None,
        _chained(part.labels for part in parts)[:limit],
        _added(part.left_out for part in parts),
        [of_file for part in parts for of_file in part.rows],
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, count in chain.from_iterable(of_part.items() for of_part in counts):
        total[name] = total.get(name, 0) + count
    return total


def _chained(parts: Iterable[list[T]]) -> list[T]:
    return list(chain.from_iterable(parts))


def _parsed(specs: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    general: list[str] = []
    special: dict[str, str] = {}
    for spec in specs:
        lang, name = _split_spec(spec)
        if lang is None:
            general.append(spec)
        elif lang in special:
            raise OptionError("data", f"{spec}: {lang} is given twice")
        else:
            special[lang] = name
    if len(general) > 1:
        raise XltError(
            f"--data {general[0]} and --data {general[1]} both speak of every language; write --data LANG={general[1]}"
        )
    return (general[0] if general else None), special


def _split_spec(spec: str) -> tuple[str | None, str]:
    # The language that data are for, None for all, and their name or path.
    match = None if existing(Path(spec)) else _OF_LANGUAGE.fullmatch(spec)
    return (match[1], match[2]) if match else (None, spec)


def _check(spec: str | None, lang: str, split: str, shape: Shape) -> None:
    # Before anything is fetched, for every language and split: the faults of all are told at once.
    if spec is None:
        return
    if is_known(spec) and not offline_reason():
        _resolved(load_manifest(spec), lang, split, shape)
    else:
        _located(spec, lang, split, shape, None)


def _resolved(manifest: Manifest, lang: str, split: str, shape: Shape) -> None:
    if manifest.kind != _KIND[shape]:
        text = f"{manifest.name}: it is a {manifest.kind} resource; this task needs {_KIND[shape]} data"
        raise OptionError("data", text)
    try:
        resolve(manifest, lang=lang, split=split)
    except XltError as error:
        raise XltError(f"no data for {lang}, split {split}: {error}") from error


def _located(spec: str, lang: str, split: str, shape: Shape, progress: Progress | None) -> TaskFiles:
    if is_known(spec):
        manifest = load_manifest(spec)
        _resolved(manifest, lang, split, shape)
        try:
            resource = resource_files(spec, lang=lang, split=split, progress=progress)
        except NotFetchedError:
            raise
        except XltError as error:
            raise XltError(f"no data for {lang}, split {split}: {error}") from error
        return TaskFiles(shape, lang, split, spec, resource.files, resource.columns, manifest.labels)
    path = Path(spec.replace("{lang}", lang).replace("{split}", split))
    file = existing(path)
    if file is None:
        reason = f"(or the same with .gz) is not there; {did_you_mean(spec)}"
        if path.is_dir():
            reason = f"is a folder; name the files in it, such as '{spec.rstrip('/')}/{{lang}}/{{split}}.tsv'"
        raise XltError(f"no data for {lang}, split {split}: --data {spec}: {path} {reason}")
    return TaskFiles(shape, lang, split, spec, (file,), {})
