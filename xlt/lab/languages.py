"""Step ``lab languages``: a small multilingual world, written as the files that the other steps read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from xlt.arrays import Ints
from xlt.errors import XltError
from xlt.files.atomic import check_output, output_folder
from xlt.files.provenance import Input, file_sha256, file_stamps, make_record, read_folder_record, write_folder_record
from xlt.lab import datasets, dictionaries, render
from xlt.lab.datasets import Batch, Maker, deal, label_names
from xlt.lab.dictionaries import Translations
from xlt.lab.inventory import Inventory
from xlt.lab.meanings import Speech
from xlt.lab.random import Stream
from xlt.lab.realise import Speaker, speakers
from xlt.lab.world import Sizes, World, check_world, default_world
from xlt.lab.world_toml import read_world, world_toml
from xlt.work import Progress

WORLD_FILE = "world.toml"


@dataclass(frozen=True)
class MadeWorld:
    """What was written and the counts that belong to it."""

    output: Path
    summary: dict[str, Any]


def choose_world(
    world: Path | None = None, *, languages: int | None = None, sentences: int | None = None, seed: int | None = None
) -> World:
    """The default world, or that of a file; what is given beside the file overrides it.

    ``languages`` keeps the first ones of a file; ``sentences`` is the size of training text, monolingual and parallel.

    Raises:
        XltError: a wrong dial, or more languages than the file has tables for.
    """
    if world is None:
        chosen = {"languages": languages, "sentences": sentences, "seed": seed}
        return default_world(**{name: value for name, value in chosen.items() if value is not None})
    made = read_world(world)
    if languages is not None:
        if not 2 <= languages <= len(made.languages):
            raise XltError(
                f"--languages {languages}: {world} describes {len(made.languages)} languages; from 2 up to these can "
                "be taken, more need tables of their own"
            )
        made = replace(made, languages=dict(list(made.languages.items())[:languages]))
    if sentences is not None:
        made = replace(made, sizes=replace(made.sizes, text=sentences, parallel=sentences))
    if seed is not None:
        made = replace(made, seed=seed)
    check_world(made, f"{world}, options applied")
    return made


def make_languages(
    output: Path,
    *,
    world: Path | None = None,
    languages: int | None = None,
    sentences: int | None = None,
    seed: int | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> MadeWorld:
    """Write a constructed world into a folder.

    ``text/LANG.SPLIT.txt``, ``parallel/SRC-TGT.SPLIT.LANG`` with gold ``parallel/SRC-TGT.SPLIT.links``, dictionaries
    ``dict/``, ``dict-train/`` and ``dict-test/``, ``pos/``, ``ner/``, ``nli/``, ``topic/``, ``slots/``, ``world.toml``
    and ``xlt.json``. Splits are train, dev and test. Within a data set (the text of a language, the parallel text of a
    pair, the labelled data of a task) a sentence of test or dev, or of inference a premise with its hypothesis, does
    not occur in train, in any of its languages. From one data set to another only meanings are kept apart (of inference
    those of the premises), and two meanings may sound the same. The labelled sentences mean the same in all languages,
    the monolingual ones never.

    Args:
        output: the folder to make.
        world: file of dials; None takes the default ones.
        languages: number of languages, the source included.
        sentences: training sentences of monolingual and of parallel text.
        seed: of everything.
        force: replace an existing folder that xlt made.
        tags: kept in the record.
        progress: called with sentences done and in all.

    Memory: O(links of one language pair); sentences go straight to disk.

    Raises:
        XltError: a wrong dial, or dials that allow too few words or sentences.
    """
    if str(output) == "-":
        raise XltError("-o -: a world is a folder of files; name a folder")
    _check_output(output, force)
    dials = choose_world(world, languages=languages, sentences=sentences, seed=seed)
    inputs = [Input("world", str(world), file_sha256(world))] if world else []
    record = make_record(
        "lab languages", params=asdict(dials), inputs=inputs, seed=dials.seed, tags=tags, packages=("numpy",)
    )
    speech = Speech(dials, Inventory(dials.concepts), Stream(dials.seed))
    voices = speakers(speech, str(world or "the default world"))
    with output_folder(output, force) as folder:
        (folder / WORLD_FILE).write_text(world_toml(dials), encoding="utf-8", newline="\n")
        counts = _Counter(progress, _planned(dials))
        _write_text(folder, speech, voices, counts)
        entries = _write_parallel(folder, speech, voices, counts)
        _write_tasks(folder, speech, voices, counts)
        summary: dict[str, Any] = {
            "languages": ", ".join(voices),
            "sentences of text": counts.done["text"],
            "sentence pairs": counts.done["parallel"],
            "dictionary entries": entries,
            "labelled sentences": sum(n for name, n in counts.done.items() if name not in ("text", "parallel")),
            "training words of the dictionaries": "the most frequent 10 of 13 (dict-train), the others in dict-test",
        }
        record |= {"summary": summary, "files": _stamps(folder)}
        write_folder_record(folder, record)
    return MadeWorld(output, summary)


class _Counter:
    # Sentences done, by data set.
    def __init__(self, progress: Progress | None, planned: int) -> None:
        self.progress, self.planned = progress, planned
        self.done: dict[str, int] = {}

    def add(self, name: str, sentences: int) -> None:
        self.done[name] = self.done.get(name, 0) + sentences
        if self.progress:
            self.progress(sum(self.done.values()), self.planned)


def _planned(world: World) -> int:
    sizes, n = world.sizes, len(world.languages)
    held_out = sizes.dev + sizes.test
    return n * (sizes.text + held_out) + (n - 1) * (sizes.parallel + held_out) + 5 * n * (sizes.tasks + held_out)


def _splits(sizes: Sizes, train: int) -> dict[str, int]:
    return {"train": train, "dev": sizes.dev, "test": sizes.test}


class _Files:
    # Text files of one folder, opened when they are first written to.
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.stack = folder, stack
        self.open: dict[str, TextIO] = {}

    def __getitem__(self, name: str) -> TextIO:
        if name not in self.open:
            file = (self.folder / name).open("w", encoding="utf-8", newline="\n")
            self.open[name] = self.stack.enter_context(file)
        return self.open[name]


def _write_text(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counts: _Counter) -> None:
    sizes = _splits(speech.world.sizes, speech.world.sizes.text)
    with ExitStack() as stack:
        files = _Files(folder / "text", stack)
        groups = [[voice] for voice in voices.values()]
        for split, _, batch in deal(speech, "text", datasets.plain, groups, sizes):
            ((code, (spoken,)),) = batch.spoken.items()
            files[f"{code}.{split}.txt"].write(render.text_lines(voices[code], spoken))
            counts.add("text", len(batch.items.labels))


def _write_parallel(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counts: _Counter) -> int:
    sizes = _splits(speech.world.sizes, speech.world.sizes.parallel)
    source, *targets = voices.values()
    entries = 0
    for target in targets:
        linked: list[tuple[Ints, Ints]] = []
        name = f"{source.code}-{target.code}"
        with ExitStack() as stack:
            files = _Files(folder / "parallel", stack)
            for split, _, batch in deal(speech, f"parallel {name}", datasets.plain, [[source, target]], sizes):
                src, tgt = batch.spoken[source.code][0], batch.spoken[target.code][0]
                files[f"{name}.{split}.{source.code}"].write(render.text_lines(source, src))
                files[f"{name}.{split}.{target.code}"].write(render.text_lines(target, tgt))
                files[f"{name}.{split}.links"].write(render.link_lines(src, tgt))
                if split == "train":
                    linked.append(render.linked_forms(src, tgt))
                counts.add("parallel", len(batch.items.labels))
        entries += _write_dictionaries(folder, source, target, dictionaries.count_pairs(linked))
    return entries


def _write_dictionaries(folder: Path, source: Speaker, target: Speaker, pairs: Translations) -> int:
    trained = np.isin(pairs.src, dictionaries.training_words(pairs))
    for name, kept in (("dict", np.ones_like(trained)), ("dict-train", trained), ("dict-test", ~trained)):
        (folder / name).mkdir(exist_ok=True)
        chosen = dictionaries.chosen(pairs, kept)
        for a, b, entries in ((source, target, chosen), (target, source, dictionaries.reversed_pairs(chosen))):
            lines = dictionaries.entry_lines(entries, a.lexicon.forms, b.lexicon.forms)
            (folder / name / f"{a.code}-{b.code}.txt").write_text(lines, encoding="utf-8", newline="\n")
    return len(pairs.counts)


@dataclass(frozen=True)
class _Task:
    # How a kind of labelled data is made and written; ``lines`` gets the language, a batch, what its labels are called,
    # a name for its sentences and the number of the first of them.
    maker: Maker
    suffix: str
    header: str
    lines: Callable[[Speaker, Batch, Sequence[str], str, int], Iterator[str]]


def _tasks(inventory: Inventory) -> dict[str, _Task]:
    return {
        "pos": _Task(datasets.plain, "conllu", "", lambda s, b, _, name, k: render.conllu(s, b, name, k)),
        "ner": _Task(datasets.with_names, "tsv", "", lambda s, b, *_: render.named(s, b)),
        "nli": _Task(
            datasets.with_relations, "tsv", "premise\thypothesis\tlabel\n",
            lambda s, b, labels, *_: render.labelled(s, b, labels),
        ),
        "topic": _Task(
            datasets.with_topics, "tsv", "text\tcategory\n", lambda s, b, labels, *_: render.labelled(s, b, labels)
        ),
        "slots": _Task(
            datasets.with_intents, "conll", "", lambda s, b, labels, *_: render.requested(s, b, inventory, labels)
        ),
    }  # fmt: skip


def _write_tasks(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counts: _Counter) -> None:
    sizes = _splits(speech.world.sizes, speech.world.sizes.tasks)
    for name, task in _tasks(speech.inventory).items():
        labels = label_names(speech, task.maker)
        written = dict.fromkeys(sizes, 0)
        with ExitStack() as stack:
            files = _Files(folder / name, stack)
            for split, _, batch in deal(speech, name, task.maker, [list(voices.values())], sizes):
                for code, voice in voices.items():
                    file = files[f"{code}.{split}.{task.suffix}"]
                    if not written[split]:
                        file.write(task.header)
                    file.writelines(task.lines(voice, batch, labels, f"{code}-{split}", written[split] + 1))
                    counts.add(name, len(batch.items.labels))
                written[split] += len(batch.items.labels)


def _check_output(output: Path, force: bool) -> None:
    # The folders inside are replaced too: whatever is in them must be ours.
    check_output(output, force)
    if not output.is_dir():
        return
    files = (read_folder_record(output) or {}).get("files")
    for folder in sorted(p for p in output.iterdir() if p.is_dir()):
        ours = files.get(folder.name) if isinstance(files, dict) else None
        foreign = sorted({p.name for p in folder.iterdir()} - set(ours if isinstance(ours, dict) else ()))
        if foreign:
            raise XltError(f"{folder} holds {foreign[0]}, which xlt did not write there; move it away first")


def _stamps(folder: Path) -> dict[str, Any]:
    # By top-level name: the file's stamp, or the hashes of what the folder holds.
    folders = sorted(p for p in folder.iterdir() if p.is_dir())
    hashes = {p.name: {file.name: file_sha256(file) for file in sorted(p.iterdir())} for p in folders}
    return file_stamps([folder / WORLD_FILE]) | hashes
