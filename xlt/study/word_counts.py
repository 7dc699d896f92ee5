"""How frequent words are: their ranks, from lists of counts or from the words of pairs tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc

from xlt.corpora.text import existing, line_blocks
from xlt.errors import OptionError, XltError
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input, file_sha256


@dataclass
class FrequencyRanks:
    """FrequencyRanks of the words of one language: 1 + the number of types with a strictly greater count.

    Attributes:
        rank: by word, case as it is.
        unknown: how often a word was asked for that has no count.
    """

    rank: Mapping[str, int]
    unknown: int = field(default=0)

    def __call__(self, word: str) -> int:
        """The rank of a word; one more than there are types where it is none of them."""
        rank = self.rank.get(word)
        if rank is None:
            self.unknown += 1
            return len(self.rank) + 1
        return rank


def ranks_of(counts: Mapping[str, int]) -> FrequencyRanks:
    """FrequencyRanks from counts by word.

    >>> ranks_of({"the": 10, "cat": 4, "black": 4, "sleeps": 1}).rank
    {'the': 1, 'cat': 2, 'black': 2, 'sleeps': 4}
    """
    greater: dict[int, int] = {}
    types = 0
    for count, times in sorted(Counter(counts.values()).items(), reverse=True):
        greater[count] = types
        types += times
    return FrequencyRanks({word: 1 + greater[count] for word, count in counts.items()})


def read_ranks(files: Sequence[str], pairs: Sequence[str]) -> tuple[dict[str, FrequencyRanks], list[Input]]:
    """FrequencyRanks by language, and what they are of as inputs of a record.

    Args:
        files: ``LANG=FILE``, a line a word: the word, a tab, its count.
        pairs: pairs tables, paths or patterns; the words of both sides are counted, each language in all of them.

    Raises:
        OptionError: not such an argument, no such file, a language given twice.
        XltError: another line, a word given twice: the line is named; no pairs table.
    """
    counts: dict[str, Counter[str]] = {}
    inputs: list[Input] = []
    for lang, path in languages_and_files("counts", files).items():
        counts[lang] = _read(path)
        inputs.append(Input("counts", str(path), file_sha256(path)))
    for name in matching_files(pairs, "counts_from"):
        source = open_pairs(name)
        inputs += [Input("counts", item.name, item.sha256, item.record) for item in pair_inputs([source])]
        for batch in source.batches(["src_lang", "tgt_lang", "src_tokens", "tgt_tokens"]):
            for side in ("src", "tgt"):
                langs = batch.column(f"{side}_lang")
                for lang in pc.unique(langs).to_pylist():
                    words = batch.column(f"{side}_tokens").filter(pc.equal(langs, lang)).flatten()
                    own = counts.setdefault(lang, Counter())
                    for entry in pc.value_counts(words).to_pylist():
                        own[entry["values"]] += entry["counts"]
    return {lang: ranks_of(own) for lang, own in counts.items()}, inputs


def languages_and_files(option: str, texts: Sequence[str]) -> dict[str, Path]:
    """Files by language, from ``LANG=FILE``.

    Raises:
        OptionError: another form, no such file, a language given twice.
    """
    files: dict[str, Path] = {}
    for text in texts:
        lang, equals, name = text.partition("=")
        if not equals or not lang or not name:
            raise OptionError(option, f"{text}: write LANG=FILE")
        if lang in files:
            raise OptionError(option, f"{text}: {lang} is given twice")
        path = existing(Path(name))
        if path is None:
            raise OptionError(option, f"{name}: no such file")
        files[lang] = path
    return files


def _read(path: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    number = 0
    for block in line_blocks(path):
        for line in block:
            number += 1
            if not line.strip():
                continue
            word, _, count = line.rpartition("\t")
            if not word or not count.strip().isdecimal():
                raise XltError(f"{path}:{number}: {line[:80]!r}: write a word, a tab and its count")
            if word in counts:
                raise XltError(f"{path}:{number}: {word!r} stands there twice")
            counts[word] = int(count)
    if not counts:
        raise XltError(f"{path} holds no word with a count")
    return counts
