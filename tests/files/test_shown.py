from dataclasses import dataclass, field
from typing import Any

from xlt.files.shown import Shown


@dataclass
class Result(Shown):
    rows: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


def test_what_varies_is_a_column_and_what_does_not_stands_above() -> None:
    rows = [{"model": "m", "layer": i, "value": i / 3, "se": None} for i in range(2)]
    html = Result(rows, {"en-fr": {"word pairs": 1000, "repeated": 3}})._repr_html_()
    assert "<caption>model m</caption>" in html
    assert "<th>layer</th><th>value</th></tr>" in html
    assert "<td>1</td><td>0.3333</td>" in html
    assert "<th>en-fr</th><td>word pairs 1,000, repeated 3</td>" in html


def test_names_are_no_markup() -> None:
    html = Result([{"a<b": "<script>", "n": 1}], {"<i>": "&"})._repr_html_()
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


def test_many_rows_are_cut_and_counted() -> None:
    html = Result([{"n": i} for i in range(1025)])._repr_html_()
    assert html.count("<td>") == 20
    assert "… 1,005 more rows" in html


def test_nothing_but_a_name() -> None:
    assert Result()._repr_html_() == "<p><b>Result</b></p>"
