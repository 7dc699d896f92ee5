"""Occurrences of word pairs as points of a plane, before and after alignment (cao2020, figure 1)."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Floats
from xlt.errors import MissingExtraError, OptionError, XltError
from xlt.files.rows import some
from xlt.files.vectors import Embeddings, open_embeddings
from xlt.report.drawing import COLOURS, finish, legend_below, style
from xlt.report.marks import tell
from xlt.report.options import SpaceOptions
from xlt.report.panels import make_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STOP, _PAIRS = 50, 8
_MARKS = {"src": "o", "tgt": "^"}
# What tells a row of one folder from a row of another.
_ROW = ("src_word", "tgt_word", "sent_id", "src_idx", "tgt_idx")
_WordPair = tuple[str, str]


def space_figure(folders: Sequence[str], options: SpaceOptions = SpaceOptions()) -> "Figure":
    """A panel per folder: the same occurrences in the same order, each panel with axes of its own.

    A colour is a word pair, circles are source words and triangles target words.

    Args:
        folders: one or two, which ``embed`` wrote of the same word pairs.
        options: words, layer, and how vectors become points of a plane.

    Raises:
        XltError: folders of other words, or whose words nobody names; a word or layer that is not there; fewer than
            three points; a perplexity too high for them.
    """
    if not 1 <= len(folders) <= 2:
        raise XltError(f"{len(folders)} folders: give one, or that of before and that of after")
    opened = [open_embeddings(Path(folder)) for folder in folders]
    words = [_words(one) for one in opened]
    rows = _chosen(words[0], opened[0], options)
    for other, table in zip(opened[1:], words[1:], strict=True):
        if len(table) != len(words[0]) or table.take(rows) != words[0].take(rows):
            raise XltError(f"{other.folder} holds other word pairs than {opened[0].folder}: embed both from one table")
    shown = words[0].take(rows)
    pairs = list(zip(shown.column("src_word").to_pylist(), shown.column("tgt_word").to_pylist(), strict=True))
    colours = list(dict.fromkeys(pairs))
    from matplotlib.lines import Line2D

    with style():
        grid = make_grid(len(opened), "Occurrences of word pairs", 2)
        for panel, folder in zip(grid.panels, opened, strict=True):
            points = _plane(_vectors(folder, rows, options.layer), options)
            for k, side in enumerate(_MARKS):
                own = points[k * len(rows) : (k + 1) * len(rows)]
                for pair in colours:
                    at = [i for i, one in enumerate(pairs) if one == pair]
                    (drawn,) = panel.plot(own[at, 0], own[at, 1], **_look(colours.index(pair), side))
                    tell(drawn, [f"{pair[k]} ({' ~ '.join(pair)})"] * len(at))
            grid.set_title(panel, _name(folder))
            panel.set(xticks=[], yticks=[])
        handles = [Line2D([], [], **_look(i, "src")) for i in range(len(colours))]
        handles += [Line2D([], [], **_look(0, side) | {"color": "0.4", "markerfacecolor": "0.4"}) for side in _MARKS]
        labels = [*(" ~ ".join(pair) for pair in colours), "source", "target"]
        legend_below(grid.figure, handles, labels, grid.figure.get_figwidth())
        return finish(grid.figure)


def _look(which: int, side: str) -> dict[str, Any]:
    colour = COLOURS[which % len(COLOURS)]
    face = "none" if which // len(COLOURS) % 2 else colour
    return {"linestyle": "", "marker": _MARKS[side], "markersize": 3.5, "color": colour, "markerfacecolor": face}


def _words(folder: Embeddings) -> pa.Table:
    names = [] if folder.words is None else folder.words.schema.names
    if folder.words is None or not {"src_word", "tgt_word"} <= {*names}:
        raise XltError(f"{folder.folder} has no words.parquet that names its words")
    columns = [name for name in _ROW if name in names]
    return pa.Table.from_batches(list(folder.words.batches(columns)))


def _chosen(words: pa.Table, folder: Embeddings, options: SpaceOptions) -> list[int]:
    pairs = list(zip(words.column("src_word").to_pylist(), words.column("tgt_word").to_pylist(), strict=True))
    if options.words:
        there = {src for src, _ in pairs}
        for word in options.words:
            if word not in there:
                known = some(one for one in there if one is not None)
                raise OptionError("words", f"{word}: no source word of {folder.folder}; there are {known}")
        chosen = {pair for pair in pairs if pair[0] in options.words}
    else:
        chosen = set(_frequent(pairs))
    most = max(1, options.max_points // (2 * max(1, len(chosen))))
    taken: Counter[_WordPair] = Counter()
    rows = []
    for row, pair in enumerate(pairs):
        if pair in chosen and taken[pair] < most:
            taken[pair] += 1
            rows.append(row)
    if 2 * len(rows) < 3:
        text = f"{2 * len(rows)} points are too few for a figure; name words that occur more often"
        raise XltError(f"{folder.folder}: {text}")
    return rows


def _frequent(pairs: Sequence[_WordPair]) -> list[_WordPair]:
    # The most frequent pairs of which neither word is among the most frequent of its language.
    stop = [{word for word, _ in Counter(side).most_common(_STOP)} for side in zip(*pairs, strict=True)]
    counts = Counter(pair for pair in pairs if not any(word in own for word, own in zip(pair, stop, strict=True)))
    return [pair for pair, _ in (counts or Counter(pairs)).most_common(_PAIRS)]


def _vectors(folder: Embeddings, rows: Sequence[int], layer: int) -> Floats:
    number = layer if layer >= 0 else folder.num_layers + 1 + layer
    if number not in folder.layers:
        raise OptionError("layer", f"{layer}: {folder.folder} holds layers {', '.join(map(str, folder.layers))}")
    at = folder.layers.index(number)
    return np.concatenate([side[at][list(rows)].astype(np.float64) for side in (folder.src, folder.tgt)])


def _plane(vectors: Floats, options: SpaceOptions) -> Floats:
    return pca(vectors) if options.method == "pca" else tsne(vectors, options.perplexity, options.seed)


def pca(vectors: Floats) -> Floats:
    """The two directions of most variance; of each the largest loading is positive.

    Args:
        vectors: (n, dim), n and dim at least 2.

    Returns:
        (n, 2) points around 0.
    """
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    largest = np.abs(directions[:2]).argmax(axis=1)
    signs = np.sign(directions[[0, 1], largest])
    points: Floats = centred @ (directions[:2] * signs[:, None]).T
    return points


def tsne(vectors: Floats, perplexity: float, seed: int) -> Floats:
    """t-SNE (van der Maaten and Hinton 2008) by the cosine, begun from the principal components.

    Args:
        vectors: (n, dim).
        perplexity: less than n / 3.
        seed: of its chance.

    Returns:
        (n, 2) points.

    Raises:
        OptionError: a perplexity too high.
        MissingExtraError: scikit-learn is not installed.
    """
    if perplexity >= len(vectors) / 3:
        most = math.ceil(len(vectors) / 3) - 1
        raise OptionError("perplexity", f"{perplexity:g}: of {len(vectors)} points it can be {most} at most")
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "plot") from error
    model = TSNE(metric="cosine", init="pca", learning_rate="auto", perplexity=perplexity, random_state=seed)
    points: Floats = model.fit_transform(vectors).astype(np.float64)
    return points


def _name(folder: Embeddings) -> str:
    inputs = (folder.record or {}).get("inputs", [])
    return next((Path(item["name"]).name for item in inputs if item.get("role") == "model"), str(folder.folder))
