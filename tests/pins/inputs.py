"""Tiny inputs, made by counting rather than by chance, so that they are the same bytes everywhere."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

_BASE = {
    "the": "le", "cat": "chat", "sat": "assis", "on": "sur", "a": "un", "mat": "tapis", "looked": "regardait",
    "light": "lumière", "of": "du", "morning": "matin", "God": "Dieu", "heavens": "cieux", "earth": "terre",
    "beginning": "commencement", "and": "et", "created": "créa",
}  # fmt: skip
# Words of several subwords, too, and so many that few of them are the same.
_JOINED = [(a, b) for i, a in enumerate(_BASE) for b in (list(_BASE) * 3)[5 * i % 16 + 1 :: 7][:4]]
_DICTIONARY = _BASE | {a + b: _BASE[a] + _BASE[b] for a, b in _JOINED}
_TAGS = {"the": "DET", "a": "DET", "on": "ADP", "of": "ADP", "sat": "VERB", "looked": "VERB", "created": "VERB"}
_SENTENCES = 30


def make_inputs(folder: Path) -> None:
    """Write all inputs but the encoder."""
    pairs = [_sentence(n) for n in range(_SENTENCES)]
    _write(folder / "corpus.tsv", (f"{' '.join(src)}\t{' '.join(tgt)}" for src, tgt, _ in pairs))
    _write(folder / "links", (" ".join(f"{i}-{j}" for i, j in links) for _, _, links in pairs))
    _write(folder / "links1", (" ".join(f"{i + 1}-{j + 1}" for i, j in links) for _, _, links in pairs))
    _write(folder / "gold", (" ".join(f"{i}{'-p'[i % 2]}{j}" for i, j in links[1:]) for _, _, links in pairs))
    entries = [*_DICTIONARY.items(), ("light", "clair"), *((word, word) for word in list(_DICTIONARY)[::2])]
    _write(folder / "dictionary.txt", (f"{src} {tgt}" for src, tgt in entries))
    (folder / "dictionaries").mkdir()
    _write(folder / "dictionaries" / "fr-en.txt", (f"{tgt}\t{src}" for src, tgt in entries[::2]))
    _write(folder / "dictionaries" / "en-fr.txt", (f"{src}\t{tgt}" for src, tgt in entries[1::2]))
    for lang, sentences in (("en", [src for src, _, _ in pairs]), ("fr", [tgt for _, tgt, _ in pairs])):
        _write(folder / f"text.{lang}", map(" ".join, sentences))
        for split, first, last in (("train", 0, 12), ("dev", 12, 20), ("test", 20, 30)):
            words = sentences[first:last]
            _write(folder / f"{lang}.{split}.pos", map(_tagged, words))
            _write(folder / f"{lang}.{split}.ner", map(_named, words))
            _write(folder / f"{lang}.{split}.nli", ["premise\thypothesis\tlabel", *map(_inferred, words)])
            _write(folder / f"{lang}.{split}.topic", ["text\tlabel", *(f"{' '.join(w)}\t{len(w) % 2}" for w in words)])
    signs = zip("起初神创造天地", ("O", "O", "B-PER", "O", "O", "B-LOC", "I-LOC"), strict=True)
    _write(folder / "zh.test.ner", (f"{sign}\t{tag}" for sign, tag in signs))
    _write(folder / "wide.csv", _wide())
    (folder / "vectors").mkdir()
    numbers = np.arange(2 * 20 * 6).reshape(2, 20, 6)
    np.save(folder / "vectors" / "src.npy", ((numbers * 7919) % 101 - 50).astype(np.float32))
    np.save(folder / "vectors" / "tgt.npy", ((numbers * 7919) % 101 - 50 + (numbers * 31) % 37).astype(np.float32))


def make_world(world: Path, smaller: Path) -> None:
    """The dials of a world, with less of everything."""
    sizes = {"text": 30, "parallel": 25, "tasks": 20, "dev": 5, "test": 6}
    lines = world.read_text(encoding="utf-8").splitlines()
    _write(smaller, (f"{k} = {sizes[k]}" if (k := line.partition(" = ")[0]) in sizes else line for line in lines))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _sentence(n: int) -> tuple[list[str], list[str], list[tuple[int, int]]]:
    # Every third word stays as it is, every third sentence has two words the other way round.
    names = list(_DICTIONARY)
    src = [names[(11 * n + 17 * i + n * i % 7) % len(names)] for i in range(3 + n % 5)]
    order = [1, 0, *range(2, len(src))] if n % 3 == 0 else list(range(len(src)))
    tgt = [src[i] if (n + 2 * i) % 3 == 0 else _DICTIONARY[src[i]] for i in order]
    return src, tgt, sorted((i, j) for j, i in enumerate(order))


def _english(word: str) -> str:
    return next((src for src, tgt in _DICTIONARY.items() if tgt == word), word)


def _tagged(words: list[str]) -> str:
    return "".join(f"{word}\t{_TAGS.get(_english(word), 'NOUN')}\n" for word in words)


def _named(words: list[str]) -> str:
    tags = [{"God": "B-PER", "heavens": "B-LOC", "earth": "I-LOC"}.get(_english(word), "O") for word in words]
    return "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True))


def _inferred(words: list[str]) -> str:
    label = ("entailment", "neutral", "contradiction")[len(words) % 3]
    return f"{' '.join(words)}\t{' '.join(reversed(words))}\t{label}"


def _wide() -> list[str]:
    # A row a model, method and seed, as the code of gaschi2023 writes it.
    langs, layers = ("ar", "es", "fr", "zh"), (0, 1)
    rows: list[dict[str, object]] = []
    for m, model in enumerate(("small", "large")):
        for k, method in enumerate(("baseline", "before")):
            for seed in (31, 42, 66):
                row: dict[str, object] = {"model": model, "task": "udpos", "seed": seed, "method": method}
                for i, lang in enumerate(("same", *langs)):
                    noise = (seed * (7 + i) + 13 * k + 5 * m) % 17 / 400
                    value = round(0.9 - 0.07 * i * (2 - k) / 2 - 0.02 * m - noise, 4)
                    # One seed lacks a language: the average is of the others.
                    row[f"final_eval_{lang}_accuracy"] = (
                        "" if (model, k, seed, lang) == ("large", 1, 66, "es") else value
                    )
                    for layer in layers if lang in langs else ():
                        for direction in ("fwd", "bwd"):
                            before = 0.2 + 0.06 * (4 - i) + 0.1 * layer + 0.03 * m + 0.01 * (direction == "bwd")
                            after = before * (0.7 + 0.3 * k) + (seed * (3 + i) + layer) % 11 / 200
                            row[f"alignment_before_{direction}_{lang}_{layer}"] = round(before, 4)
                            row[f"alignment_after_{direction}_{lang}_{layer}"] = round(after, 4)
                rows.append(row)
    return [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
