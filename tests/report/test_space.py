"""Occurrences as points of a plane: which, where, and how they look."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pair_files import write_folder
from xlt.errors import OptionError, XltError
from xlt.report.options import SpaceOptions
from xlt.report.space import pca, space_figure, tsne

PAIRS = [("cat", "chat"), ("dog", "chien"), ("cat", "minou")]
PCA = SpaceOptions(method="pca")


def _folder(path: Path, seed: int = 0, words: Any = PAIRS, times: int = 10) -> str:
    draw = np.random.default_rng(seed)
    rows = [{"src_word": a, "tgt_word": b, "sent_id": i} for i, (a, b) in enumerate(words * times)]
    src, tgt = draw.standard_normal((2, 2, len(rows), 6)).astype(np.float32)
    return write_folder(path, src, tgt, rows)


def test_principal_components_by_hand() -> None:
    # Most variance along the second axis, then along the first; the largest loading is positive.
    points = np.array([[0, 3, 0], [0, -3, 0], [1, 0, 0], [-1, 0, 0]], np.float64)
    expected = [[3, 0], [-3, 0], [0, 1], [0, -1]]
    assert pca(points) == pytest.approx(np.array(expected))
    assert pca(points + 5) == pytest.approx(np.array(expected))
    assert pca(-points) == pytest.approx(-np.array(expected))


def test_points_of_both_panels(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    base, aligned = _folder(tmp_path / "base", 1), _folder(tmp_path / "aligned", 2)
    figure = space_figure([base, aligned], SpaceOptions(method="pca", words=("cat",), max_points=16, layer=0))
    assert len(figure.axes) == 2
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["cat ~ chat", "cat ~ minou", "source", "target"]
    # Four occurrences of each pair, a point for either side.
    rows = [0, 2, 3, 5, 6, 8, 9, 11]
    for panel, folder in zip(figure.axes, (base, aligned), strict=True):
        src, tgt = (np.load(Path(folder) / f"{side}.npy")[0][rows].astype(np.float64) for side in ("src", "tgt"))
        expected = pca(np.concatenate((src, tgt)))
        lines = {(line.get_marker(), line.get_color()): line.get_xydata() for line in panel.lines}
        assert len(lines) == 4
        assert np.concatenate(list(lines.values())) == pytest.approx(
            np.concatenate([expected[0:8:2], expected[1:8:2], expected[8:16:2], expected[9:16:2]])
        )


def test_the_most_frequent_pairs(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    # Fifty words more frequent than all others of their side are left out.
    stop = [(f"the{i}", f"le{i}") for i in range(50)] * 2
    folder = _folder(tmp_path / "f", words=[*stop, ("cat", "chat"), ("dog", "chien")], times=2)
    (legend,) = space_figure([folder], PCA).legends
    assert [text.get_text() for text in legend.get_texts()] == ["cat ~ chat", "dog ~ chien", "source", "target"]


def test_what_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    base = _folder(tmp_path / "base")
    for options, told in (
        (SpaceOptions(method="pca", words=("cow",)), "cow: no source word of .*base; there are cat, dog"),
        (SpaceOptions(method="pca", layer=7), r"7: .*base holds layers 0, 1"),
        (SpaceOptions(perplexity=20), "20: of 60 points it can be 19 at most"),
    ):
        with pytest.raises(OptionError, match=told):
            space_figure([base], options)
    other = _folder(tmp_path / "other", words=[("cat", "chat"), ("dog", "chien"), ("cat", "matou")])
    with pytest.raises(XltError, match=r"other holds other word pairs than .*base"):
        space_figure([base, other], PCA)
    with pytest.raises(XltError, match="3 folders"):
        space_figure([base] * 3, PCA)
    bare = write_folder(tmp_path / "bare", np.ones((4, 3), np.float32), np.ones((4, 3), np.float32))
    with pytest.raises(XltError, match="names its words"):
        space_figure([bare], PCA)


def test_neighbours_stay_neighbours() -> None:
    pytest.importorskip("sklearn")
    draw = np.random.default_rng(0)
    centres = 10 * draw.standard_normal((3, 8))
    vectors = np.concatenate([centre + draw.standard_normal((20, 8)) for centre in centres])
    points = tsne(vectors, 10, 42)
    assert (tsne(vectors, 10, 42) == points).all()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 20 == np.arange(60) // 20).all()
