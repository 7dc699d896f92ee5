"""How a notebook shows the result of a step: a table of its first rows, and what was kept and left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.files.markup import html_text

_MOST_ROWS = 20


class Shown:
    """Results with ``rows`` (of a tidy table), a ``summary``, or both; ``pandas.DataFrame(result.rows)`` has all."""

    def _repr_html_(self) -> str:
        rows, summary = getattr(self, "rows", None), getattr(self, "summary", None)
        parts = [f"<p><b>{type(self).__name__}</b></p>"]
        if rows:
            parts.append(_rows(rows))
        if summary:
            parts.append(_summary(summary))
        return "\n".join(parts)


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(rows[0])
    constant = [name for name in names if len(rows) > 1 and all(row[name] == rows[0][name] for row in rows)]
    shown = [name for name in names if name not in constant]
    same = ", ".join(f"{name} {_text(rows[0][name])}" for name in constant if rows[0][name] not in (None, ""))
    head = "".join(f"<th>{html_text(name)}</th>" for name in shown)
    lines = [
        "<tr>" + "".join(f"<td>{html_text(_text(row[name]))}</td>" for name in shown) + "</tr>"
        for row in rows[:_MOST_ROWS]
    ]
    more = f"<p>… {len(rows) - _MOST_ROWS:,} more rows</p>" if len(rows) > _MOST_ROWS else ""
    caption = f"<caption>{html_text(same)}</caption>" if same else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{more}"


def _summary(summary: Mapping[str, Any]) -> str:
    # Of several languages a line each; else name and value.
    lines = [
        f"<tr><th>{html_text(str(name))}</th><td>{html_text(_facts(value))}</td></tr>"
        for name, value in summary.items()
    ]
    return f"<table><tbody>{''.join(lines)}</tbody></table>"


def _facts(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(fact)}" for name, fact in value.items())
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
