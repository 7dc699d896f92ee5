"""Alignment scores: the products that must be made anyway, the papers' way, and ours; CSLS likewise."""

import torch
from torch import Tensor

from benchmarks.timing import line, paired
from xlt.measures.csls import csls_penalties
from xlt.measures.neighbours import Gold, pair_hits

BLOCK = 1024


def vectors(n: int, dim: int, kind: str) -> tuple[Tensor, Tensor]:
    """Pairs with a common signal; ``cone`` adds what encoders show: a large component that a language shares."""
    generator = torch.Generator().manual_seed(1)

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    signal = noise(n, dim)
    x, y = signal + 1.8 * noise(n, dim), signal + 1.8 * noise(n, dim)
    if kind == "cone":
        common = 3 * noise(dim)
        x, y = x + common, y + common + noise(dim)
    return torch.nn.functional.normalize(x), torch.nn.functional.normalize(y)


def two_products(x: Tensor, y: Tensor) -> None:
    """X Y' once, and half each of X X' and Y Y', which are symmetric."""
    for i in range(0, len(x), BLOCK):
        for j in range(0, len(y), BLOCK):
            x[i : i + BLOCK] @ y[j : j + BLOCK].T
    for side in (x, y):
        for i in range(0, len(x), BLOCK):
            for j in range(i, len(x), BLOCK):
                side[i : i + BLOCK] @ side[j : j + BLOCK].T


def six_products(x: Tensor, y: Tensor) -> list[Tensor]:
    """The way of the papers' code: each direction and strength searches for itself, with the arg max of all."""
    hits_of_all = []
    for query, other in ((x, y), (y, x)):
        for strong in (False, True):
            hits = []
            for i in range(0, len(x), BLOCK):
                scores = query[i : i + BLOCK] @ other.T
                if strong:
                    own = query[i : i + BLOCK] @ query.T
                    rows = torch.arange(len(own))
                    own[rows, rows + i] = -torch.inf
                    scores = torch.cat((scores, own), dim=1)
                hits.append(scores.argmax(dim=1) == torch.arange(i, min(i + BLOCK, len(x))))
            hits_of_all.append(torch.cat(hits))
    return hits_of_all


def csls_bound(x: Tensor, y: Tensor, k: int) -> None:
    """Two products and the top k by row and by column of the first."""
    best = torch.full((k, len(y)), -torch.inf)
    for i in range(0, len(x), BLOCK):
        scores = x[i : i + BLOCK] @ y.T
        scores.topk(k, dim=1)
        best = torch.cat((best, scores.topk(min(k, len(scores)), dim=0).values)).topk(k, dim=0).values
    for i in range(0, len(x), BLOCK):
        x[i : i + BLOCK] @ y.T


def run(n: int = 20_000, dim: int = 768, runs: int = 1) -> None:
    """Print the figures for 1 and 2 threads."""
    threads = torch.get_num_threads()
    for count in (1, 2):
        torch.set_num_threads(count)
        for kind in ("plain", "cone"):
            x, y = vectors(n, dim, kind)
            for name, low in (("float32", False), ("bfloat16 filter", True)):
                a, b = pair_hits(x, y, block=BLOCK, low=low)
                timed = paired(lambda: pair_hits(x, y, block=BLOCK, low=low), lambda: two_products(x, y), runs)
                line(
                    f"scores, {n:,} x {dim}, {kind}, {count} threads, {name}: ours / two products",
                    f"{timed.ratio:.2f}  ({timed.ours:.2f} s / {timed.bound:.2f} s)",
                )
            if count == 2:
                reference = six_products(x, y)
                strong = [a.strong, b.strong]
                same = all(bool((r == h).all()) for r, h in zip(reference[1::2], strong, strict=True) if h is not None)
                same &= bool((reference[0] == a.weak).all()) and bool((reference[2] == b.weak).all())
                timed = paired(lambda: pair_hits(x, y, block=BLOCK), lambda: six_products(x, y), 1)
                line(
                    f"scores, {kind}, {count} threads: ours / the papers' six products",
                    f"{timed.ratio:.2f}  ({timed.ours:.2f} s / {timed.bound:.2f} s), hits equal: {same}",
                )
            if kind == "plain":
                for name, low in (("float32", False), ("bfloat16 filter", True)):

                    def csls() -> None:
                        pair_hits(
                            x,
                            y,
                            csls_penalties(x, y, 10, block=BLOCK, strong=False),
                            block=BLOCK,
                            strong=False,
                            low=low,
                        )

                    timed = paired(csls, lambda: csls_bound(x, y, 10), 1)
                    line(
                        f"CSLS weak, {n:,} x {dim}, {count} threads, {name}: ours / two products and top-k",
                        f"{timed.ratio:.2f}  ({timed.ours:.2f} s / {timed.bound:.2f} s)",
                    )
    torch.set_num_threads(threads)
    corpus(n, dim)


def corpus(n: int, dim: int) -> None:
    """All words of two corpora searched by CSLS, three in five of them linked: one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    x, y = vectors(n, dim, "cone")
    linked = torch.arange(0, n, 5)[:, None] + torch.tensor([0, 1, 3])
    gold = Gold(linked.flatten(), linked.flatten())
    for name, low in (("float32", False), ("bfloat16 filter", True)):

        def ours() -> None:
            penalties = csls_penalties(x, y, 10, block=BLOCK, strong=False)
            pair_hits(x, y, penalties, gold=gold, block=BLOCK, strong=False, low=low)

        timed = paired(ours, lambda: csls_bound(x, y, 10), 1)
        line(
            f"corpus retrieval, CSLS, {n:,} x {dim}, 1 thread, {name}: ours / two products and top-k",
            f"{timed.ratio:.2f}  ({timed.ours:.2f} s / {timed.bound:.2f} s)",
        )
    torch.set_num_threads(threads)
