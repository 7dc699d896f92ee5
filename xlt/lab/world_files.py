"""The files of a constructed world, as they are made: text, parallel text and dictionaries, labelled data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from xlt.arrays import Ints
from xlt.lab import datasets, dictionaries, render
from xlt.lab.datasets import Batch, Maker, deal, label_names
from xlt.lab.dictionaries import Translations
from xlt.lab.inventory import Inventory
from xlt.lab.meanings import Speech
from xlt.lab.realise import Speaker
from xlt.lab.world import Sizes, World
from xlt.work import Progress


class Counter:
    """Sentences written, by data set (``text``, ``parallel``, a task); ``progress`` hears of each batch."""

    def __init__(self, planned: int, progress: Progress | None = None) -> None:
        self.planned, self.progress = planned, progress
        self.sentences: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Sentences of all data sets."""
        return sum(self.sentences.values())

    def add(self, name: str, sentences: int) -> None:
        """Count a batch."""
        self.sentences[name] = self.sentences.get(name, 0) + sentences
        if self.progress:
            self.progress(self.total, self.planned)


def planned_sentences(world: World) -> int:
    """How many sentences (or pairs of them) all files of a world hold together."""
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


def write_text(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counter: Counter) -> None:
    """Monolingual text, ``text/LANG.SPLIT.txt``; each language says things of its own."""
    sizes = _splits(speech.world.sizes, speech.world.sizes.text)
    with ExitStack() as stack:
        files = _Files(folder / "text", stack)
        groups = [[voice] for voice in voices.values()]
        for split, _, batch in deal(speech, "text", datasets.plain, groups, sizes):
            ((code, (spoken,)),) = batch.spoken.items()
            files[f"{code}.{split}.txt"].write(render.text_lines(voices[code], spoken))
            counter.add("text", len(batch.items.labels))


def write_parallel(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counter: Counter) -> int:
    """Parallel text with its links, and the dictionaries that follow from those of train; the entries are counted."""
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
                counter.add("parallel", len(batch.items.labels))
        entries += _write_dictionaries(folder, source, target, dictionaries.count_pairs(linked))
    return entries


def _write_dictionaries(folder: Path, source: Speaker, target: Speaker, pairs: Translations) -> int:
    trained = np.isin(pairs.src, dictionaries.training_words(pairs))
    for name, rows in (("dict", np.ones_like(trained)), ("dict-train", trained), ("dict-test", ~trained)):
        (folder / name).mkdir(exist_ok=True)
        forward = dictionaries.chosen(pairs, rows)
        for a, b, entries in ((source, target, forward), (target, source, dictionaries.reversed_pairs(forward))):
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
        "pos": _Task(
            maker=datasets.plain,
            suffix="conllu",
            header="",
            lines=lambda s, b, _, name, k: render.conllu(s, b, name, k),
        ),
        "ner": _Task(maker=datasets.with_names, suffix="tsv", header="", lines=lambda s, b, *_: render.named(s, b)),
        "nli": _Task(
            maker=datasets.with_relations,
            suffix="tsv",
            header="premise\thypothesis\tlabel\n",
            lines=lambda s, b, labels, *_: render.labelled(s, b, labels),
        ),
        "topic": _Task(
            maker=datasets.with_topics,
            suffix="tsv",
            header="text\tcategory\n",
            lines=lambda s, b, labels, *_: render.labelled(s, b, labels),
        ),
        "slots": _Task(
            maker=datasets.with_intents,
            suffix="conll",
            header="",
            lines=lambda s, b, labels, *_: render.requested(s, b, inventory, labels),
        ),
    }


def write_tasks(folder: Path, speech: Speech, voices: Mapping[str, Speaker], counter: Counter) -> None:
    """Labelled data of every task, the same meanings in all languages."""
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
                    counter.add(name, len(batch.items.labels))
                written[split] += len(batch.items.labels)
