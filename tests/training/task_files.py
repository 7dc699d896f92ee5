"""Data of tasks, in files: sentences of random words whose labels can be learned."""

import random
from pathlib import Path

_WORDS = {
    "DET": "the a every no",
    "NOUN": "cat mat light morning God heavens earth beginning",
    "VERB": "sat looked created was said went",
    "ADP": "on at in of",
}


def tagged(count: int, seed: int = 0, longest: int = 7) -> tuple[list[list[str]], list[list[str]]]:
    """Sentences of random words and the part of speech of each."""
    draw = random.Random(f"tagged{seed}")
    words, tags = [], []
    for _ in range(count):
        tags.append(draw.choices(list(_WORDS), k=draw.randint(2, longest)))
        words.append([draw.choice(_WORDS[tag].split()) for tag in tags[-1]])
    return words, tags


def write_tagged(path: Path, count: int, seed: int = 0, longest: int = 7) -> str:
    """Tagged sentences as two columns."""
    words, tags = tagged(count, seed, longest)
    sentences = ["".join(f"{w}\t{t}\n" for w, t in zip(*s, strict=True)) for s in zip(words, tags, strict=True)]
    path.write_text("\n".join(sentences), encoding="utf-8")
    return str(path)


def write_texts(path: Path, count: int, seed: int = 0) -> str:
    """Texts whose label is the part of speech of their first word, as TSV with a header."""
    words, tags = tagged(count, seed)
    rows = [f"{' '.join(w)}\t{t[0]}\n" for w, t in zip(words, tags, strict=True)]
    path.write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    return str(path)
