"""Tags of the words that a table of items is about: from pairs tables, or from files of tagged sentences."""

from collections.abc import Mapping, Sequence

from xlt.arrays import LangPair
from xlt.corpora.tagged import read_tagged
from xlt.errors import OptionError, XltError
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input, file_sha256
from xlt.files.rows import some
from xlt.study.word_counts import languages_and_files

# cao2020, table 4: kinds of tags, and the tags of each; the two conjunctions are one there.
KINDS = {
    "overlap": ("NUM", "PUNCT", "PROPN"),
    "closed": ("DET", "ADP", "CONJ", "PRON", "AUX"),
    "open": ("NOUN", "ADV", "ADJ", "VERB"),
}
_JOINED = {"CCONJ": "CONJ", "SCONJ": "CONJ"}
KIND_OF = {tag: kind for kind, tags in KINDS.items() for tag in tags}
# What stands for the tag of a word that has none, as in CoNLL-U.
_UNTAGGED = "_"
# A sentence: its words, their tags, and a name of it for messages.
_Sentence = tuple[Sequence[str], Sequence[str], str]


class WordTags:
    """Tags by language pair, side, sentence and position.

    Args:
        by_pair: by language pair, side (``src``, ``tgt``) and sentence number the sentence, from pairs tables.
        by_lang: by language the sentences, in the order of the corpus, from files.
    """

    def __init__(
        self,
        by_pair: Mapping[tuple[LangPair, str, int], _Sentence],
        by_lang: Mapping[str, Sequence[_Sentence]],
    ) -> None:
        self._by_pair = by_pair
        self._by_lang = by_lang

    def tag(self, langs: LangPair, side: str, sent_id: int, place: int, word: str, where: str) -> str:
        """The tag of a word, conjunctions of both kinds as ``CONJ``.

        Args:
            langs: of source and target.
            side: ``src`` or ``tgt``.
            sent_id: its sentence pair.
            place: its position there.
            word: the word itself, which must stand there.
            where: file and row of it, for messages.

        Raises:
            XltError: there is no such sentence or position, or another word stands there.
        """
        words, tags, name = self._sentence(langs, side, sent_id, where)
        if not 0 <= place < len(words) or words[place] != word:
            there = f"{words[place]!r}" if 0 <= place < len(words) else f"no word (it has {len(words)})"
            raise XltError(f"{where}: word {place} of sentence {sent_id} is {word!r}; {name} has {there} there")
        tag = tags[place] or _UNTAGGED
        return _JOINED.get(tag, tag)

    def _sentence(self, langs: LangPair, side: str, sent_id: int, where: str) -> _Sentence:
        own = self._by_pair.get((langs, side, sent_id))
        if own is not None:
            return own
        lang = langs[side == "tgt"]
        if lang in self._by_lang:
            sentences = self._by_lang[lang]
            if not 0 <= sent_id < len(sentences):
                name = sentences[0][2].partition(":")[0]
                raise XltError(f"{where}: sentence {sent_id} is not among the {len(sentences):,} of {name}")
            return sentences[sent_id]
        if any(key[0] == langs for key in self._by_pair):
            raise XltError(f"{where}: sentence {sent_id} of {'-'.join(langs)} is in no table of --pairs")
        known = some({*self._by_lang, *("-".join(key[0]) for key in self._by_pair)})
        raise XltError(f"{where}: no tags of {lang} (of {'-'.join(langs)}); there are those of {known}")


def read_tags(pairs: Sequence[str], files: Sequence[str]) -> tuple[WordTags, list[Input]]:
    """Read tags of words, and name their files as inputs of a record.

    Args:
        pairs: pairs tables with columns ``src_tags`` and ``tgt_tags``, or one of them; paths or patterns.
        files: ``LANG=FILE``: CoNLL-U (FORM and UPOS), or any form of words with tags; its sentence number n, from 0,
            is that of ``sent_id`` n.

    Raises:
        OptionError: neither, or a table without tags.
        XltError: a sentence with more tags than words, or two sentences of one number; see also the readers.
    """
    if not pairs and not files:
        raise OptionError("by", "tag needs tags: give {option} LANG=FILE, or --pairs with tagged sentences", "tags")
    by_lang: dict[str, list[_Sentence]] = {}
    inputs: list[Input] = []
    for lang, path in languages_and_files("tags", files).items():
        tagged = read_tagged(path)
        both = enumerate(zip(tagged.words, tagged.labels, strict=True))
        by_lang[lang] = [(words, tags, f"{path}: sentence {n}") for n, (words, tags) in both]
        inputs.append(Input("tags", str(path), file_sha256(path)))
    by_pair: dict[tuple[LangPair, str, int], _Sentence] = {}
    for name in matching_files(pairs, "pairs"):
        _add_tagged_pairs(name, by_pair, inputs)
    return WordTags(by_pair, by_lang), inputs


def _add_tagged_pairs(name: str, by_pair: dict[tuple[LangPair, str, int], _Sentence], inputs: list[Input]) -> None:
    source = open_pairs(name)
    inputs += pair_inputs([source])
    sides = [side for side in ("src", "tgt") if f"{side}_tags" in source.schema.names]
    if not sides:
        raise OptionError("pairs", f"{source.where} has no column src_tags or tgt_tags: no words of it are tagged")
    columns = ["sent_id", "src_lang", "tgt_lang", *(f"{side}_{what}" for side in sides for what in ("tokens", "tags"))]
    row = 0
    for batch in source.batches(columns):
        for cells in batch.to_pylist():
            for side in sides:
                where, tags = f"{source.where}:row {row}", cells[f"{side}_tags"]
                # A sentence of which nobody knows the tags.
                if tags is None:
                    continue
                words = cells[f"{side}_tokens"]
                if len(words) != len(tags):
                    raise XltError(f"{where}: {side}_tokens has {len(words)} entries, {side}_tags {len(tags)}")
                key = (cells["src_lang"], cells["tgt_lang"]), side, cells["sent_id"]
                before = by_pair.setdefault(key, (words, tags, where))
                if before[:2] != (words, tags):
                    raise XltError(f"{where}: sentence {key[2]} of {'-'.join(key[0])} is another than in {before[2]}")
            row += 1
