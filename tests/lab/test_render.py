from dataclasses import replace

import numpy as np
import pytest

from tests.lab.small_worlds import meaning, plain_language, speech, world
from xlt.lab import render
from xlt.lab.datasets import Batch, LabelledMeanings
from xlt.lab.meanings import Meanings
from xlt.lab.random import Stream
from xlt.lab.realise import Speaker, speak, speakers
from xlt.lab.slots import NUMBER

OF = speech(world(plain_language(), plain_language(order="SOV", script="greek")))
VOICES = speakers(OF, "w")
SRC, TGT = VOICES.values()


def together(*meanings: Meanings) -> Meanings:
    parts = [[getattr(m, name) for m in meanings] for name in ("concepts", "cells", "kinds", "topics")]
    return Meanings(np.arange(len(meanings)), *(np.concatenate(p) for p in parts))


# "given family verbs." and "verb two very big things in place and thing."
NAMED = meaning(OF, {
    "0.subject.name1": ("given", 0, 0), "0.subject.name2": ("name", 0, 0), "0.verb": ("verb", 0, 0),
    "stop": ("stop", 0, 0),
})  # fmt: skip
NAMED.kinds[0, 0] = 0
REQUEST = meaning(OF, {
    "0.time": ("time", 0, 0), "0.verb": ("verb", 0, 0), "0.object.numeral": ("numeral", 0, 0),
    "0.object.degree": ("degree", 0, 0), "0.object.adjective": ("adjective", 0, 4), "0.object.noun": ("noun", 0, 4),
    "0.object.coordinator": ("coordinator", 0, 0), "0.object.second": ("noun", 1, 1),
    "0.adposition": ("adposition", 0, 0), "0.oblique.name1": ("adjective", 1, 0), "0.oblique.name2": ("name", 9, 2),
    "stop": ("stop", 0, 0),
})  # fmt: skip
REQUEST.kinds[0, 2] = 2
BOTH = together(NAMED, REQUEST)


def batch(labels: list[int], *sentences: Meanings) -> Batch:
    items = LabelledMeanings(sentences, np.array(labels), np.ones(len(labels), np.bool_))
    return Batch(items, {c: tuple(speak(v, m, Stream(1)) for m in sentences) for c, v in VOICES.items()})


def words(voice: Speaker, row: int) -> list[str]:
    spoken = speak(voice, BOTH, Stream(1))
    return [voice.lexicon.forms[i] for i in spoken.forms[spoken.offsets[row] : spoken.offsets[row + 1]]]


def test_lines_and_links() -> None:
    src, tgt = (speak(v, BOTH, Stream(1)) for v in (SRC, TGT))
    assert render.text_lines(SRC, src) == "".join(" ".join(words(SRC, row)) + "\n" for row in (0, 1))
    # Time, verb, two, very, big, thing, and, thing, in, place, place, stop; the verb last in the target.
    assert render.link_lines(src, tgt) == ("0-0 1-1 2-2 3-3\n0-0 1-10 2-4 3-5 4-6 5-7 6-8 7-9 8-1 9-2 10-3 11-11\n")
    left, right = render.linked_forms(src, tgt)
    assert len(left) == len(right) == 14
    assert "." not in {SRC.lexicon.forms[i] for i in left}


def test_conllu() -> None:
    first, second = render.conllu(TGT, batch([0, 0], BOTH), "qab-test", 8)
    given, family, verb, stop = words(TGT, 0)
    assert first == (
        f"# sent_id = qab-test-8\n# text = {given} {family} {verb} {stop}\n"
        f"1\t{given}\t{given}\tPROPN\t_\t_\t_\t_\t_\t_\n2\t{family}\t{family}\tPROPN\t_\t_\t_\t_\t_\t_\n"
        f"3\t{verb}\t{verb}\tVERB\t_\t_\t_\t_\t_\t_\n4\t{stop}\t{stop}\tPUNCT\t_\t_\t_\t_\t_\t_\n\n"
    )
    assert second.startswith("# sent_id = qab-test-9\n")
    rows = [line.split("\t") for line in second.splitlines()[2:-1]]
    assert " ".join(row[3] for row in rows) == "ADV ADP PROPN PROPN NUM ADV ADJ NOUN CCONJ NOUN VERB PUNCT"
    # The lemma is the bare stem.
    noun = rows[7]
    assert noun[1] == noun[2] + TGT.lexicon.affixes["plural"] + TGT.lexicon.affixes["object"]


def tags(block: str) -> list[str]:
    assert block.endswith("\n\n")
    return [line.split("\t")[1] for line in block.splitlines() if "\t" in line]


def test_names() -> None:
    blocks = list(render.named(SRC, batch([0, 0], BOTH)))
    assert blocks[0].splitlines()[0] == f"{words(SRC, 0)[0]}\tB-PER"
    assert tags(blocks[0]) == ["B-PER", "I-PER", "O", "O"]
    assert tags(blocks[1]) == [*["O"] * 9, "B-LOC", "I-LOC", "O"]


@pytest.mark.parametrize(("adposition", "name"), [(0, "place"), (3, "person")])
def test_slots(adposition: int, name: str) -> None:
    changed = BOTH.copy()
    changed.concepts[1, NUMBER["0.adposition"]] += adposition
    of = batch([1, 0], replace(changed, ids=BOTH.ids))
    blocks = list(render.requested(SRC, of, OF.inventory, ["get", "set"]))
    assert blocks[0].startswith("# intent = set\n")
    assert blocks[1].startswith("# intent = get\n")
    assert tags(blocks[1]) == [
        "B-time", "O", "B-number", "B-quality", "I-quality", "B-item", "O", "B-item", "O", f"B-{name}",
        f"I-{name}", "O",
    ]  # fmt: skip


def test_tables() -> None:
    rows = list(render.labelled(SRC, batch([1, 0], BOTH, BOTH), ["no", "yes"]))
    one = [" ".join(words(SRC, row)) for row in (0, 1)]
    assert rows == [f"{one[0]}\t{one[0]}\tyes\n", f"{one[1]}\t{one[1]}\tno\n"]
    assert next(render.labelled(SRC, batch([1, 0], BOTH), ["no", "yes"])) == f"{one[0]}\tyes\n"
