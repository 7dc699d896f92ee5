"""Step ``report examples``: what occurrences of a word found, in their sentences (cao2020, appendix A.3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from xlt.arrays import LangPair
from xlt.errors import OptionError, XltError
from xlt.files.pairs import open_pairs
from xlt.files.patterns import matching_files
from xlt.files.rows import Row, grouped, some
from xlt.files.schemas import FOUND, ITEMS
from xlt.study.items import ScoredItems, read_items
from xlt.study.options import ExampleOptions

_DEFAULT_WORDS, _NEAR = 5, 5


@dataclass(frozen=True)
class Word:
    """A word in its sentence.

    Attributes:
        words: the sentence.
        place: where the word stands in it.
    """

    words: Sequence[str]
    place: int


@dataclass(frozen=True)
class Example:
    """One occurrence of a word, and what it found.

    Attributes:
        sent_id: its sentence pair.
        rank: of the right word, 1 for a hit.
        right: the right word.
        query: the occurrence.
        lang: code of the language of the word found.
        found_sent_id: the sentence pair of the word found.
        found: that word.
    """

    sent_id: int
    rank: int
    right: str
    query: Word
    lang: str
    found_sent_id: int
    found: Word


@dataclass(frozen=True)
class WordExamples:
    """Occurrences of one word: those shown, how many there are, and how many of them hit."""

    word: str
    lang: str
    other: str
    layer: int
    examples: Sequence[Example]
    occurrences: int
    hits: int


def find_examples(items: str, options: ExampleOptions) -> list[WordExamples]:
    """Occurrences of words with the words that they found.

    Without words named it is the five with the most distinct right translations, in lower case, of which two at least
    are found. Of each word hits with different translations come first, then all by their sentence.

    Args:
        items: a table that ``align-score --candidates corpus --per-item`` wrote.
        options: words, side, layer; where the sentences are.

    Raises:
        XltError: bad input; a word that is no query (near forms are named); a sentence that is another one.
    """
    scored = read_items(items)
    if any(name not in scored.table.column_names for name in FOUND):
        raise XltError(
            f"{items} does not tell what was found: align-score --candidates corpus --per-item FILE writes that"
        )
    if not options.pairs:
        raise OptionError("pairs", "is needed: the tables that were scored hold the sentences")
    rows = _rows(scored, options)
    own = f"{options.side}_word"
    by_word = grouped(rows, ("src_lang", "tgt_lang", own))
    words = options.word or _telling(by_word, options.side)
    for word in options.word:
        if not any(key[2] == word for key in by_word):
            raise _no_such_word(word, items, [key[2] for key in by_word])
    chosen = [(key, _in_order(by_word[key], options.side)) for word in words for key in by_word if key[2] == word]
    shown = [row for _, of_word in chosen for row in of_word[: options.most]]
    sentences = _ShownSentences(options.pairs, shown)
    return [
        WordExamples(
            word=key[2],
            lang=key[options.side == "tgt"],
            other=key[options.side == "src"],
            layer=of_word[0]["layer"],
            examples=[_example(row, options.side, sentences) for row in of_word[: options.most]],
            occurrences=len(of_word),
            hits=sum(row["rank"] == 1 for row in of_word),
        )
        for key, of_word in chosen
    ]


def _rows(scored: ScoredItems, options: ExampleOptions) -> list[Row]:
    # Of one layer, and of weak searches where there are both.
    where = scored.source.where
    table = scored.table.to_pylist()
    rows = [dict(row, where=f"{where}:row {n}") for row, n in zip(table, scored.row.tolist(), strict=True)]
    direction = "src-tgt" if options.side == "src" else "tgt-src"
    rows = [row for row in rows if row["direction"] == direction and row["measure"] == ITEMS.usual("measure")]
    if not rows:
        raise OptionError("side", f"{options.side}: {where} holds no accuracy in that direction")
    layers = sorted({row["layer"] for row in rows})
    layer = options.layer if options.layer >= 0 else _from_the_end(options.layer, layers, scored.num_layers)
    if layer not in layers:
        raise OptionError("layer", f"{options.layer}: {where} holds layers {some(layers)}")
    rows = [row for row in rows if row["layer"] == layer]
    strengths = {row["strength"] for row in rows}
    return [row for row in rows if row["strength"] == ("weak" if "weak" in strengths else row["strength"])]


def _from_the_end(layer: int, layers: Sequence[int], num_layers: int | None) -> int:
    # Without the number of layers the last of the items is the last.
    return (layers[-1] if num_layers is None else num_layers) + 1 + layer


def _sense(row: Row, side: str) -> str:
    return str(row["tgt_word" if side == "src" else "src_word"]).lower()


def _telling(by_word: Mapping[tuple[str, str, str], Sequence[Row]], side: str) -> list[str]:
    senses: Counter[str] = Counter()
    for (_, _, word), rows in by_word.items():
        found = {_sense(row, side) for row in rows if row["rank"] == 1}
        # Of quotation marks nobody wants to see examples.
        if len(found) > 1 and any(map(str.isalpha, word)):
            senses[word] = max(senses[word], len({_sense(row, side) for row in rows}))
    if not senses:
        raise OptionError("word", "is needed: no word has two translations that are found")
    return [word for word, _ in sorted(senses.items(), key=lambda item: (-item[1], item[0]))[:_DEFAULT_WORDS]]


def _in_order(rows: Iterable[Row], side: str) -> list[Row]:
    by_sentence = sorted(rows, key=lambda row: (row["sent_id"], row[f"{side}_idx"], row["row"]))
    first: dict[str, Row] = {}
    for row in by_sentence:
        if row["rank"] == 1:
            first.setdefault(_sense(row, side), row)
    return [*first.values(), *(row for row in by_sentence if all(row is not one for one in first.values()))]


def _no_such_word(word: str, items: str, known: Sequence[str]) -> OptionError:
    folded = {one for one in known if one.casefold() == word.casefold()}
    near = [*sorted(folded), *(one for one in get_close_matches(word, known, _NEAR) if one not in folded)]
    forms = f"; near it are {', '.join(dict.fromkeys(near))}" if near else ""
    return OptionError("word", f"{word}: no query of {items} is this word{forms}")


def _example(row: Row, side: str, sentences: "_ShownSentences") -> Example:
    langs = row["src_lang"], row["tgt_lang"]
    query = sentences.word(langs, side, row["sent_id"], row[f"{side}_idx"], row[f"{side}_word"], row["where"])
    found_side = "src" if row["found_lang"] == row["src_lang"] else "tgt"
    place = row["found_sent_id"], row["found_idx"], row["found_word"]
    found = sentences.word(langs, found_side, *place, row["where"])
    return Example(
        sent_id=row["sent_id"], rank=row["rank"], right=row["tgt_word" if side == "src" else "src_word"], query=query,
        lang=row["found_lang"], found_sent_id=row["found_sent_id"], found=found,
    )  # fmt: skip


class _ShownSentences:
    # The sentences that some rows are about.
    def __init__(self, pairs: Sequence[str], rows: Sequence[Row]) -> None:
        needed = {
            (row["src_lang"], row["tgt_lang"], row[name]) for row in rows for name in ("sent_id", "found_sent_id")
        }
        self._words: dict[tuple[LangPair, str, int], list[Sequence[str]]] = {}
        for name in matching_files(pairs, "pairs"):
            source = open_pairs(name)
            for batch in source.batches(["sent_id", "src_lang", "tgt_lang", "src_tokens", "tgt_tokens"]):
                ids, src_langs, tgt_langs = (batch.column(i).to_pylist() for i in range(3))
                for i, key in enumerate(zip(src_langs, tgt_langs, ids, strict=True)):
                    if key in needed:
                        for side in ("src", "tgt"):
                            words = batch.column(f"{side}_tokens")[i].as_py()
                            self._words.setdefault((key[:2], side, key[2]), []).append(words)

    def word(self, langs: LangPair, side: str, sent_id: int, place: int, word: str, where: str) -> Word:
        # Of several files of one number it is the sentence that has the word there.
        sentences = self._words.get((langs, side, sent_id), [])
        for words in sentences:
            if 0 <= place < len(words) and words[place] == word:
                return Word(words, place)
        there = "has another word there" if sentences else "is not there"
        raise XltError(f"{where}: word {place} of sentence {sent_id} is {word!r}; in --pairs that sentence {there}")
