"""FastAlign, symmetrisation and itermax spelled out slowly, sentence by sentence."""

import math
from collections import defaultdict

import numpy as np
from scipy.special import digamma

Sentence = list[str]
Pair = tuple[Sentence, Sentence]
LinkSet = set[tuple[int, int]]

_NULL = None


def _weight(i: int, j: int, n: int, m: int, tension: float) -> float:
    return math.exp(-tension * abs(i / n - j / m))


def _swapped_normaliser(j: int, n: int, m: int, tension: float) -> float:
    # The tool calls its series with the two lengths swapped, and wraps an unsigned number that falls below 0.
    n, m = m, n
    below = int(j * n / m)
    ratio = math.exp(-tension / n)
    up = _weight(below + 1, j, n, m, tension) / (1 - ratio) if below != n else 0.0
    if below < n:
        up *= 1 - ratio ** (n - below)
    return up + _weight(below, j, n, m, tension) * (1 - ratio**below) / (1 - ratio)


def fast_align(pairs: list[Pair], iterations: int = 5) -> tuple[list[LinkSet], float]:
    """Links (source, target) of the forward direction, and the final tension."""
    t: dict[tuple[str | None, str], float] = defaultdict(lambda: 1.0)
    tension, null, alpha = 4.0, 0.08, 0.01
    words = sum(len(b) for a, b in pairs if a and b)
    for iteration in range(iterations):
        counts: dict[tuple[str | None, str], float] = defaultdict(float)
        distance = 0.0
        links: list[LinkSet] = []
        for source, target in pairs:
            links.append(set())
            n, m = len(source), len(target)
            for j, word in enumerate(target if n else [], 1):
                z = sum(_weight(i, j, n, m, tension) for i in range(1, n + 1))
                shares = [t[_NULL, word] * null]
                shares += [t[g, word] * (1 - null) * _weight(i, j, n, m, tension) / z for i, g in enumerate(source, 1)]
                total, best = sum(shares), int(np.argmax(shares))
                if best:
                    links[-1].add((best - 1, j - 1))
                for given, share in zip([_NULL, *source], shares, strict=True):
                    counts[given, word] += share / total
                distance -= sum(s / total * abs(i / n - (j - 1) / m) for i, s in enumerate(shares) if i)
        if iteration == iterations - 1:
            return links, tension
        for _ in range(8 if iteration else 0):
            expected = 0.0
            for source, target in pairs:
                n, m = len(source), len(target)
                for j in range(1, m + 1 if n else 1):
                    inner = sum(-abs(i / n - j / m) * _weight(i, j, n, m, tension) for i in range(1, n + 1))
                    expected += inner / _swapped_normaliser(j, n, m, tension)
            tension = min(14.0, max(0.1, tension + 20 * (distance / words - expected / words)))
        sums: dict[str | None, float] = defaultdict(float)
        for (given, _), count in counts.items():
            sums[given] += count + alpha
        t = defaultdict(float, {k: math.exp(digamma(c + alpha) - digamma(sums[k[0]])) for k, c in counts.items()})
    raise AssertionError


_NEIGHBOURS = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]


def symmetrised(forward: LinkSet, backward: LinkSet, heuristic: str) -> LinkSet:
    """One sentence pair, candidates visited by source and then target position."""
    if heuristic == "union":
        return forward | backward
    links = forward & backward
    if heuristic == "intersect":
        return links
    rows, columns = {i for i, _ in links}, {j for _, j in links}

    def add(i: int, j: int) -> None:
        links.add((i, j))
        rows.add(i)
        columns.add(j)

    waiting, changed = sorted((forward | backward) - links), True
    while changed:
        changed, rest = False, []
        for i, j in waiting:
            if (i not in rows or j not in columns) and any((i + a, j + b) in links for a, b in _NEIGHBOURS):
                add(i, j)
                changed = True
            else:
                rest.append((i, j))
        waiting = rest
    if heuristic != "grow-diag":
        for side in (forward, backward):
            for i, j in sorted(side - links):
                free = (i not in rows, j not in columns)
                if all(free) if heuristic == "grow-diag-final-and" else any(free):
                    add(i, j)
    return links


def itermax(similarity: np.ndarray) -> LinkSet:
    """Two rounds of mutual argmax over (1 + cosine) / 2."""
    score = (1 + similarity) / 2
    links: LinkSet = set()
    for _ in range(2):
        used = {i for i, _ in links}, {j for _, j in links}
        worth = np.array(
            [
                [0.0 if i in used[0] and j in used[1] else 0.9 if i in used[0] or j in used[1] else 1.0
                 for j in range(score.shape[1])]
                for i in range(score.shape[0])
            ]
        )  # fmt: skip
        left = score * worth
        links |= {
            (i, int(left[i].argmax()))
            for i in range(len(left))
            if left[:, left[i].argmax()].argmax() == i and left[i].max() > 0
        }
    return links
