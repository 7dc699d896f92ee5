"""Vectors to scores: what ``align-score`` computes for one language pair, layer by layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xlt.alignment.options import Direction, ScoreOptions, Strength
from xlt.arrays import AnyFloats, Bools, Ints
from xlt.encoders.device import full_precision
from xlt.measures.csls import csls_penalties
from xlt.measures.neighbours import pair_hits
from xlt.measures.ranks import Ranks, pair_ranks
from xlt.measures.unit import check_rows, unit_rows
from xlt.stats.bootstrap import cluster_standard_errors


@dataclass(frozen=True)
class LanguagePair:
    """The vectors of one language pair, which may lie in several (layers, N, dim) arrays.

    Attributes:
        parts: (source array, target array, rows that are taken), in order.
        clusters: (n,) the sentence pair of each row, over all parts.
        where: name for messages.
        order: (n,) the rows of all parts in the order that decides ties; None leaves them as they are.
        names: the folder of each part; empty where the vectors come from a model.
    """

    parts: list[tuple[AnyFloats, AnyFloats, Ints]]
    clusters: Ints
    where: str
    order: Ints | None = None
    names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.clusters)

    def vectors(self, index: int, layer: int) -> tuple[AnyFloats, AnyFloats]:
        """The (n, dim) vectors of both sides at one leading index of the arrays, which is called ``layer``.

        Raises:
            XltError: NaN, infinite or all-zero vectors; file, layer and rows are named.
        """
        sides = []
        for side in (0, 1):
            taken = []
            for part, name in zip(self.parts, self.names or [""] * len(self.parts), strict=True):
                rows = part[2]
                found = part[side][index][rows]
                file = f"{name}/{('src', 'tgt')[side]}.npy" if name else f"{('source', 'target')[side]} side"
                check_rows(found, f"{file}, layer {layer}", rows)
                taken.append(found)
            both = np.concatenate(taken)
            sides.append(both if self.order is None else both[self.order])
        return sides[0], sides[1]


@dataclass(frozen=True)
class Measurement:
    """One score, a fraction of ``n``; ``ranks`` only where they were asked for."""

    layer: int
    direction: Direction
    strength: Strength
    n: int
    value: float
    se: float
    ranks: Ranks | None


def measure(
    data: LanguagePair,
    layers: Sequence[tuple[int, int]],
    options: ScoreOptions,
    device: torch.device,
    seed: int,
    *,
    per_item: bool = False,
    progress: Callable[[], None] | None = None,
) -> list[Measurement]:
    """Score one language pair at every layer.

    Args:
        data: the vectors.
        layers: (index into the arrays, layer number).
        options: what is measured.
        device: where to compute.
        seed: of the resampling behind the standard errors.
        per_item: keep the ranks.
        progress: called after every layer.

    Memory: O(n x dim) for one layer at a time, O(block^2), and with ``per_item`` O(n) for every score.

    Raises:
        XltError: NaN, infinite or all-zero vectors; the rows are named.
    """
    keys: list[tuple[int, Direction, Strength]] = []
    hits: list[Bools] = []
    ranks: list[Ranks | None] = []
    for index, layer in layers:
        src, tgt = data.vectors(index, layer)
        x, y = (unit_rows(side, device, center=options.center) for side in (src, tgt))
        del src, tgt
        with full_precision():
            for direction, strength, hit, rank in _layer(x, y, options, per_item):
                keys.append((layer, direction, strength))
                hits.append(hit)
                ranks.append(rank)
        if progress:
            progress()
    outcomes = np.stack(hits)
    errors = cluster_standard_errors(outcomes, data.clusters, np.random.default_rng(seed))
    n = len(data)
    return [
        Measurement(*key, n, int(hit.sum()) / n, float(se), rank)
        for key, hit, se, rank in zip(keys, outcomes, errors, ranks, strict=True)
    ]


_DIRECTIONS: tuple[Direction, Direction] = ("src-tgt", "tgt-src")


def _layer(
    x: torch.Tensor, y: torch.Tensor, options: ScoreOptions, per_item: bool
) -> Iterator[tuple[Direction, Strength, Bools, Ranks | None]]:
    strong = "strong" in options.strengths()
    penalties = None
    if options.similarity == "csls":
        penalties = csls_penalties(x, y, options.csls_k, strong=strong or per_item, block=options.block)
    if per_item:
        for direction, by_strength in zip(_DIRECTIONS, pair_ranks(x, y, penalties, block=options.block), strict=True):
            for strength in options.strengths():
                if direction in options.directions():
                    ranks = by_strength[strength]
                    yield direction, strength, (ranks.rank == 1).cpu().numpy(), ranks
        return
    both = pair_hits(x, y, penalties, strong=strong, block=options.block)
    for direction, hits in zip(_DIRECTIONS, both, strict=True):
        for strength in options.strengths():
            hit = hits.weak if strength == "weak" else hits.strong
            if direction in options.directions() and hit is not None:
                yield direction, strength, hit.cpu().numpy(), None


def layer_rows(
    measurements: Sequence[Measurement], num_layers: int, options: ScoreOptions, common: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows of a scores table."""
    return [
        {
            **common,
            "layer": m.layer,
            "depth": m.layer - num_layers - 1,
            "direction": m.direction,
            "measure": "accuracy",
            "strength": m.strength,
            "similarity": options.similarity,
            "n": m.n,
            "value": m.value,
            "se": None if np.isnan(m.se) else m.se,
        }
        for m in measurements
    ]
