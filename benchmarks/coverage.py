"""How often 95 % intervals of a Spearman correlation hold the true one when seeds share a model and a language.

Alignment and transfer of model m, language l and seed s are sums of normal effects of m, of l, of both together, and
of s; all but the last are correlated between the two. The true correlation is that over all models and languages that
might have been taken, known in closed form: 6 / pi * asin(r / 2) of two normal variables with correlation r.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.timing import line
from xlt.arrays import Floats
from xlt.stats.draws import Draw, crossed_clusters, single_points
from xlt.stats.estimate import Resampling, estimate


@dataclass(frozen=True)
class Design:
    """Sizes; the shares of the variance that models, languages, both together and seeds have; the correlation."""

    name: str
    models: int
    langs: int
    seeds: int
    shares: tuple[float, float, float, float]
    correlation: float = 0.8


DESIGNS = (
    Design("100 independent points", 100, 1, 1, (0, 0, 1, 0)),
    Design("20 independent cells x 5 seeds", 20, 1, 5, (0, 0, 0.9, 0.1)),
    Design("4 models x 5 languages x 5 seeds, crossed effects", 4, 5, 5, (0.3, 0.4, 0.2, 0.1)),
    Design("the same, correlation of the effects 0.3", 4, 5, 5, (0.3, 0.4, 0.2, 0.1), 0.3),
    Design("the same, no correlation", 4, 5, 5, (0.3, 0.4, 0.2, 0.1), 0.0),
    Design("2 models x 5 languages x 5 seeds", 2, 5, 5, (0.3, 0.4, 0.2, 0.1)),
    Design("8 models x 10 languages x 5 seeds", 8, 10, 5, (0.3, 0.4, 0.2, 0.1)),
    Design("10 models x 20 languages x 5 seeds", 10, 20, 5, (0.3, 0.4, 0.2, 0.1)),
    Design("20 models x 40 languages x 5 seeds", 20, 40, 5, (0.3, 0.4, 0.2, 0.1)),
)


def sample(design: Design, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Alignment and transfer of all points, model by model, language by language."""
    shape = (design.models, design.langs, design.seeds)
    x, y = np.zeros(shape), np.zeros(shape)
    rho = design.correlation
    levels = ((design.models, 1, 1), (1, design.langs, 1), (design.models, design.langs, 1))
    for share, level in zip(design.shares, levels, strict=False):
        one, other = rng.standard_normal((2, *level))
        x += np.sqrt(share) * one
        y += np.sqrt(share) * (rho * one + np.sqrt(1 - rho**2) * other)
    for side in (x, y):
        side += np.sqrt(design.shares[3]) * rng.standard_normal(shape)
    return x.ravel(), y.ravel()


def truth(design: Design) -> float:
    """Spearman's correlation over all points there might be."""
    return float(6 / np.pi * np.arcsin(design.correlation * (1 - design.shares[3]) / 2))


def run(repetitions: int = 1000, resamples: int = 1000) -> None:
    """Print the coverage and the mean width of both intervals in each design."""
    for design in DESIGNS:
        model, lang, seed = np.indices((design.models, design.langs, design.seeds)).reshape(3, -1)
        n, rho = len(model), truth(design)
        held: dict[str, list[bool]] = {"bca": [], "cluster": []}
        widths: dict[str, list[float]] = {"bca": [], "cluster": []}
        for i in range(repetitions if n <= 400 else repetitions // 4):
            rng = np.random.default_rng(i)
            x, y = sample(design, rng)
            draws: dict[str, Draw] = {
                "bca": single_points(n, rng),
                "cluster": crossed_clusters([model, lang], seed, rng),
            }
            for name, draw in draws.items():
                found = estimate("spearman", x, y, Resampling(draw, resamples, accelerated=name == "bca"))
                held[name].append(found.low <= rho <= found.high)
                widths[name].append(found.high - found.low)
        told = ", ".join(
            f"{name} {100 * np.mean(held[name]):.1f} % (width {np.mean(widths[name]):.2f})" for name in held
        )
        line(f"coverage of 95 %, {design.name}", told)
