"""Tagged characters to tagged words: Chinese data that hold a token for each character, cut anew into words."""

import unicodedata
from dataclasses import dataclass
from itertools import accumulate, pairwise

from xlt.corpora.tagged import Tagged
from xlt.corpora.words import Segmentation


@dataclass(frozen=True)
class Resegmented:
    """Sentences of words, and what the cutting did.

    Attributes:
        data: the words, each with the label of its first character; what was left out is counted there.
        unchanged: sentences that stay as they were, since the words do not spell their characters.
    """

    data: Tagged
    unchanged: int


def resegmented(data: Tagged, segmentation: Segmentation) -> Resegmented:
    """Join the tokens of each sentence and cut it into words, as gaschi2023 does for Chinese NER (app. B).

    A word takes the label of its first character, gold labels included: an entity that begins within a word changes or
    vanishes, so that scores are those of the words, not of the characters. White space is no part of a word; a token of
    white space alone goes, with its label, and is counted.

    Args:
        data: tagged characters, or tokens of any length.
        segmentation: from :func:`xlt.corpora.words.segmentation`.
    """
    normalised = [["".join(unicodedata.normalize("NFC", token).split()) for token in words] for words in data.words]
    cut = segmentation.segment(["".join(tokens) for tokens in normalised])
    flat = cut.values.to_pylist()
    words: list[list[str]] = []
    labels: list[list[str]] = []
    unchanged = blank = 0
    for i, (start, stop) in enumerate(pairwise(cut.offsets.tolist())):
        tokens, tags, new = normalised[i], data.labels[i], flat[start:stop]
        if not new or "".join(new) != "".join(tokens):
            unchanged += 1
            words.append(data.words[i])
            labels.append(tags)
            continue
        of_character = [tag for token, tag in zip(tokens, tags, strict=True) for _ in token]
        starts = accumulate(map(len, new[:-1]), initial=0)
        words.append(new)
        labels.append([of_character[at] for at in starts])
        blank += tokens.count("")
    left_out = data.left_out | ({"tokens of white space": blank} if blank else {})
    return Resegmented(Tagged(words, labels, left_out), unchanged)
