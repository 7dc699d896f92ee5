import numpy as np
import pytest

from tests.lab.small_worlds import meaning, plain_language, speech, world
from xlt.lab.meanings import draw
from xlt.lab.random import Stream
from xlt.lab.realise import Speaker, Spoken, digests, links, speak, speakers
from xlt.lab.slots import SLOTS
from xlt.lab.world import Language

VERB_LAST = plain_language(order="SOV", adjective="after", adposition="after", articles=False, particle=True)


def text(speaker: Speaker, spoken: Spoken) -> list[list[str]]:
    words = [speaker.lexicon.forms[i] for i in spoken.forms]
    return [words[a:b] for a, b in zip(spoken.offsets[:-1], spoken.offsets[1:], strict=True)]


def test_a_sentence_by_hand() -> None:
    of = speech(world(plain_language(), VERB_LAST))
    voices = speakers(of, "w")
    # "the big X-s saw Y-object": X plural, past tense.
    meanings = meaning(of, {
        "0.subject.article": ("article", 0, 0), "0.subject.adjective": ("adjective", 2, 3),
        "0.subject.noun": ("noun", 5, 3), "0.verb": ("verb", 1, 3), "0.object.noun": ("noun", 7, 1),
        "0.particle": ("particle", 0, 0), "stop": ("stop", 0, 0),
    })  # fmt: skip

    def stem(code: str, kind: str, index: int) -> str:
        return voices[code].lexicon.stems[of.inventory.starts[kind] + index]

    src, tgt = (speak(v, meanings, Stream(1)) for v in voices.values())
    a, b = voices["qaa"].lexicon.affixes, voices["qab"].lexicon.affixes
    assert text(voices["qaa"], src) == [[
        stem("qaa", "article", 0), stem("qaa", "adjective", 2) + a["plural"], stem("qaa", "noun", 5) + a["plural"],
        stem("qaa", "verb", 1) + a["past"] + a["agreement"], stem("qaa", "noun", 7) + a["object"], ".",
    ]]  # fmt: skip
    assert text(voices["qab"], tgt) == [[
        stem("qab", "noun", 5) + b["plural"], stem("qab", "adjective", 2) + b["plural"],
        stem("qab", "noun", 7) + b["object"], stem("qab", "particle", 0),
        stem("qab", "verb", 1) + b["past"] + b["agreement"], ".",
    ]]  # fmt: skip
    assert [x.tolist() for x in links(src, tgt)] == [[0] * 5, [1, 2, 3, 4, 5], [1, 0, 4, 2, 5]]
    assert src.lexemes.tolist()[0] == of.inventory.starts["article"]


def test_a_slow_reference_agrees() -> None:
    of = speech(world(Language(), Language(order="VSO", dropped_pronouns=400, particle=True, synonyms=400)))
    voices = speakers(of, "w")
    meanings = draw(of, Stream(1), np.arange(300))
    src, tgt = (speak(v, meanings, Stream(1)) for v in voices.values())
    dropped = 0
    for spoken, voice in ((src, voices["qaa"]), (tgt, voices["qab"])):
        for row in range(300):
            said = spoken.slots[spoken.offsets[row] : spoken.offsets[row + 1]].tolist()
            expected = [s for s in voice.order.tolist() if meanings.concepts[row, s] >= 0]
            unsaid = [SLOTS[s] for s in expected if s not in said]
            assert all(name.endswith("subject.pronoun") for name in unsaid)
            assert said == [s for s in expected if s in said]
            dropped += len(unsaid)
            for word in range(spoken.offsets[row], spoken.offsets[row + 1]):
                slot = spoken.slots[word]
                first = meanings.concepts[row, slot]
                assert spoken.lexemes[word] in {first, voice.lexicon.second[first]}
                form = voice.lexicon.form_of[spoken.lexemes[word] * 6 + meanings.cells[row, slot]]
                assert form == spoken.forms[word]
    assert dropped > 10
    slow = [
        (row, i, j)
        for row in range(300)
        for i, s in enumerate(src.slots[src.offsets[row] : src.offsets[row + 1]].tolist())
        for j, t in enumerate(tgt.slots[tgt.offsets[row] : tgt.offsets[row + 1]].tolist())
        if s == t
    ]
    assert list(zip(*(x.tolist() for x in links(src, tgt)), strict=True)) == slow


def test_the_rarer_word_is_said_in_a_third() -> None:
    of = speech(world(Language(synonyms=1000), Language()))
    voice = speakers(of, "w")["qaa"]
    spoken = speak(voice, draw(of, Stream(1), np.arange(2000)), Stream(1))
    doubled = np.isin(spoken.lexemes, np.flatnonzero(voice.lexicon.second >= 0)) | (
        spoken.lexemes >= of.inventory.total
    )
    assert (spoken.lexemes[doubled] >= of.inventory.total).mean() == pytest.approx(1 / 3, abs=0.02)


def test_sentences_can_be_chosen() -> None:
    of = speech()
    voice = speakers(of, "w")["qaa"]
    spoken = speak(voice, draw(of, Stream(1), np.arange(20)), Stream(1))
    chosen = np.array([3, 4, 19])
    assert text(voice, spoken[chosen]) == [text(voice, spoken)[i] for i in chosen]
    assert spoken[chosen].rows.tolist() == [k for k, n in enumerate(np.diff(spoken[chosen].offsets)) for _ in range(n)]
    assert np.array_equal(digests(spoken[chosen]), digests(spoken)[chosen])


def test_what_sounds_the_same_has_the_same_digest() -> None:
    of = speech(world(Language(), plain_language(articles=False)))
    voices = speakers(of, "w")
    one = meaning(of, {"0.subject.article": ("article", 0, 0), "0.verb": ("verb", 1, 0), "stop": ("stop", 0, 0)})
    two = meaning(of, {"0.subject.article": ("article", 1, 0), "0.verb": ("verb", 1, 0), "stop": ("stop", 0, 0)})
    said = {code: [digests(speak(v, m, Stream(1)))[0] for m in (one, two)] for code, v in voices.items()}
    assert said["qaa"][0] != said["qaa"][1]
    assert said["qab"][0] == said["qab"][1]
