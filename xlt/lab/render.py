"""Sentences as the text of files: plain lines, links, CoNLL-U, tags a word a line, tables."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.lab.datasets import Batch
from xlt.lab.inventory import Inventory
from xlt.lab.meanings import NAME_KINDS, Meanings
from xlt.lab.realise import Speaker, Spoken, links
from xlt.lab.slots import BEGINS_NAME, NAME_PHRASE, NUMBER, SLOTS, TAGS

_LONGEST = 128
_PLACES = np.array([f"{i}-{j}{end}" for end in " \n" for i in range(_LONGEST) for j in range(_LONGEST)], object)
# What a request says in a slot. Neighbouring words of one span share a number; places and persons are told by the
# adposition.
_SPANS = {
    "0.time": ("time", 1), "0.object.noun": ("item", 2), "0.object.second": ("item", 3),
    "0.object.numeral": ("number", 4), "0.object.degree": ("quality", 5), "0.object.adjective": ("quality", 5),
    "0.oblique.noun": ("whereabouts", 6), "0.oblique.second": ("whereabouts", 7), "0.oblique.name1": ("whereabouts", 8),
    "0.oblique.name2": ("whereabouts", 8), "0.oblique.name3": ("whereabouts", 8),
}  # fmt: skip


def text_lines(speaker: Speaker, spoken: Spoken) -> str:
    """A sentence a line, words separated by blanks."""
    ids = spoken.forms + len(speaker.lexicon.forms) * _last(spoken)
    return "".join(speaker.running[ids].tolist())


def link_lines(src: Spoken, tgt: Spoken) -> str:
    """Pharaoh lines, ``i-j`` separated by blanks; every sentence has a link, that of its full stop."""
    rows, left, right = links(src, tgt)
    last = np.diff(rows, append=-1) != 0
    return "".join(_PLACES[(last * _LONGEST + left) * _LONGEST + right].tolist())


def linked_forms(src: Spoken, tgt: Spoken) -> tuple[Ints, Ints]:
    """Forms of both languages that are linked, punctuation left out."""
    rows, left, right = links(src, tgt)
    words = src.offsets[rows] + left
    spoken = np.array([tag != "PUNCT" for tag in TAGS])[src.slots[words]]
    return src.forms[words][spoken], tgt.forms[tgt.offsets[rows] + right][spoken]


def conllu(speaker: Speaker, batch: Batch, prefix: str, first: int) -> Iterator[str]:
    """CoNLL-U, a sentence at a time: form, lemma and part of speech; ``prefix`` and a number from ``first`` name it."""
    spoken = batch.spoken[speaker.code][0]
    lemmas = [speaker.lexicon.stems[i] for i in spoken.lexemes.tolist()]
    tags = [TAGS[i] for i in spoken.slots.tolist()]
    for number, (words, start, stop) in enumerate(_sentences(speaker, spoken), first):
        head = f"# sent_id = {prefix}-{number}\n# text = {' '.join(words)}\n"
        rows = zip(words, lemmas[start:stop], tags[start:stop], strict=True)
        yield head + "".join(f"{i}\t{w}\t{m}\t{t}\t_\t_\t_\t_\t_\t_\n" for i, (w, m, t) in enumerate(rows, 1)) + "\n"


def named(speaker: Speaker, batch: Batch) -> Iterator[str]:
    """Words and BIO tags of names, a sentence at a time."""
    spoken = batch.spoken[speaker.code][0]
    phrase = NAME_PHRASE[spoken.slots]
    kinds = batch.items.sentences[0].kinds[spoken.rows, phrase]
    tags = [
        f"{'B' if b else 'I'}-{NAME_KINDS[k]}" for k, b in zip(kinds.tolist(), BEGINS_NAME[spoken.slots], strict=True)
    ]
    yield from _tagged(speaker, spoken, [t if p >= 0 else "O" for t, p in zip(tags, phrase.tolist(), strict=True)])


def requested(speaker: Speaker, batch: Batch, inventory: Inventory, labels: Sequence[str]) -> Iterator[str]:
    """Words and BIO tags of slots under the intent, a sentence at a time."""
    spoken = batch.spoken[speaker.code][0]
    spans = np.array([_SPANS.get(name, ("", 0))[1] for name in SLOTS])[spoken.slots]
    inside = (np.diff(spans, prepend=0) == 0) & (np.diff(spoken.rows, prepend=-1) == 0)
    local = is_local(batch.items.sentences[0], inventory)[spoken.rows]
    tags = []
    for slot, within, place in zip(spoken.slots.tolist(), inside.tolist(), local.tolist(), strict=True):
        name = _SPANS.get(SLOTS[slot], ("", 0))[0].replace("whereabouts", "place" if place else "person")
        tags.append(f"{'I' if within else 'B'}-{name}" if name else "O")
    for label, lines in zip(batch.items.labels.tolist(), _tagged(speaker, spoken, tags), strict=True):
        yield f"# intent = {labels[label]}\n{lines}"


def labelled(speaker: Speaker, batch: Batch, labels: Sequence[str]) -> Iterator[str]:
    """Rows of a table: the sentence, or premise and hypothesis, and the label."""
    columns = [text_lines(speaker, spoken).splitlines() for spoken in batch.spoken[speaker.code]]
    for *texts, label in zip(*columns, batch.items.labels.tolist(), strict=True):
        yield "\t".join([*texts, labels[label]]) + "\n"


def is_local(meanings: Meanings, inventory: Inventory) -> Bools:
    """(n,) whether the adposition of the first clause is one that stands with places."""
    index = meanings.concepts[:, NUMBER["0.adposition"]] - inventory.starts["adposition"]
    local: Bools = (index >= 0) & (index < inventory.sizes["adposition"] // 2)
    return local


def _last(spoken: Spoken) -> Bools:
    last = np.zeros(len(spoken.forms), np.bool_)
    last[spoken.offsets[1:] - 1] = True
    return last


def _sentences(speaker: Speaker, spoken: Spoken) -> Iterator[tuple[list[str], int, int]]:
    words = [speaker.lexicon.forms[i] for i in spoken.forms.tolist()]
    offsets = spoken.offsets.tolist()
    for start, stop in pairwise(offsets):
        yield words[start:stop], start, stop


def _tagged(speaker: Speaker, spoken: Spoken, tags: Sequence[str]) -> Iterator[str]:
    for words, start, stop in _sentences(speaker, spoken):
        yield "".join(f"{w}\t{t}\n" for w, t in zip(words, tags[start:stop], strict=True)) + "\n"
