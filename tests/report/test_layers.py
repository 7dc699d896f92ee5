"""Scores over layers, for people."""

import re
from pathlib import Path
from typing import Any

import pytest

from xlt.errors import OutputExistsError
from xlt.report.layers import layer_table, plot_layers


def rows(langs: str = "en-fr", model: str = "m", layers: tuple[int, ...] = (0, 10, 2)) -> list[dict[str, Any]]:
    src, tgt = langs.split("-")
    return [
        {
            "model": model, "weights": None, "src_lang": src, "tgt_lang": tgt, "layer": layer, "direction": direction,
            "strength": strength, "similarity": "cosine", "n": 1000, "value": layer / 100 + add,
            "se": None if layer == 2 else 0.0123,
        }
        for layer in layers
        for add, direction, strength in ((0.5, "src-tgt", "weak"), (0.4, "tgt-src", "weak"), (0.1, "src-tgt", "strong"))
    ]  # fmt: skip


def test_a_line_for_each_layer() -> None:
    ((title, header, lines),) = layer_table(rows())
    assert title == "m: en-fr, cosine, 1,000 word pairs"
    assert header == ["layer", "weak en→fr", "weak fr→en", "strong en→fr"]
    assert lines == [
        ["0", "0.500 ±0.012", "0.400 ±0.012", "0.100 ±0.012"],
        ["2", "0.520", "0.420", "0.120"],
        ["10", "0.600 ±0.012", "0.500 ±0.012", "0.200 ±0.012"],
    ]


def test_a_table_for_each_model_and_language_pair() -> None:
    tables = layer_table(rows() + rows("en-ar") + rows(model="other"))
    assert [t[0].partition(", cosine")[0] for t in tables] == ["m: en-fr", "m: en-ar", "other: en-fr"]
    assert tables[1][1][1:3] == ["weak en→ar", "weak ar→en"]


def test_unknown_languages() -> None:
    ((title, header, _),) = layer_table(rows("-"))
    assert title == "m: cosine, 1,000 word pairs"
    assert header[1:3] == ["weak src→tgt", "weak tgt→src"]


def test_no_rows_no_table() -> None:
    assert layer_table([]) == []


def test_a_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    starts = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    for suffix, start in starts.items():
        path = tmp_path / f"x.{suffix}"
        plot_layers(rows() + rows("en-ar"), path)
        assert path.read_bytes().startswith(start)
        # Nothing in it says when it was drawn.
        plot_layers(rows() + rows("en-ar"), tmp_path / f"again.{suffix}")
        assert (tmp_path / f"again.{suffix}").read_bytes() == path.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {f"{n}.{s}" for n in ("x", "again") for s in starts}


def test_what_the_figure_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    drawn: list[Any] = []

    def keep(figure: Any, path: Path, **_: Any) -> None:
        drawn.append(figure)
        path.touch()

    monkeypatch.setattr(Figure, "savefig", keep)
    plot_layers(rows() + rows("en-ar"), tmp_path / "x.svg")
    weak, strong = drawn[0].axes
    assert (weak.get_title(), strong.get_title()) == ("weak", "strong")
    lines = {line.get_label(): line for line in weak.lines}
    assert list(lines) == ["en→fr", "fr→en", "en→ar", "ar→en"]
    # Layers ascend, whatever the order of the rows.
    assert list(lines["fr→en"].get_xdata()) == [0, 2, 10]
    assert list(lines["fr→en"].get_ydata()) == pytest.approx([0.4, 0.42, 0.5])
    assert len({(line.get_color(), line.get_linestyle()) for line in lines.values()}) == 4
    assert [line.get_label() for line in strong.lines] == ["en→fr", "en→ar"]


def test_an_existing_figure_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "x.svg"
    path.write_text("mine")
    with pytest.raises(OutputExistsError):
        plot_layers(rows(), path)
    assert path.read_text() == "mine"
    plot_layers(rows(), path, force=True)
    assert re.search("<svg", path.read_text())
