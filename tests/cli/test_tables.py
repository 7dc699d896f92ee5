"""All tables that are printed: whole at any width, the same for people and programs, and nothing else beside them."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Call
from tests.conftest import ROOT
from xlt.cli.options import Form
from xlt.cli.tables import Printed, cell_width, check_form, print_tables, report, terminal_width, text_lines
from xlt.errors import OptionError
from xlt.files.rows import Row
from xlt.files.text_table import TextTable

SCORES = TextTable(
    "accuracy of models", ["model", "recipe", "en", "fr", "note"],
    [["m", "realign(contrastive,strong,dict)+finetune", "0.123 ±0.004", "-1,234.5", ""],
     ["m", "finetune", "0.5", "7", "(a)"]],
    keys=2, notes=["(a) a long sentence about what else there is to know of this cell"],
)  # fmt: skip


def cells(lines: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]


def test_behind_a_pipe_a_row_is_a_line_and_nothing_is_cut() -> None:
    long = "w" * 500
    lines = list(text_lines(TextTable("t", ["word", "n"], [[long, "1,000"], ["[b]", "7"]]), None))
    assert lines[0] == "t"
    # Numbers to the right, words to the left; what looks like markup is text.
    assert lines[4:6] == [f"│ {long} │ 1,000 │", f"│ {'[b]':<500} │     7 │"]


def test_a_narrow_terminal_by_hand() -> None:
    assert list(text_lines(SCORES, 60)) == [
        "accuracy of models, model m",
        "┏━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━━┳━━━━━━┓",
        "┃ recipe                ┃ en           ┃       fr ┃ note ┃",
        "┡━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━━╇━━━━━━┩",
        "│ realign(contrastive,  │ 0.123 ±0.004 │ -1,234.5 │      │",
        "│ strong,dict)+finetune │              │          │      │",
        "│ finetune              │ 0.5          │        7 │ (a)  │",
        "└───────────────────────┴──────────────┴──────────┴──────┘",
        "(a) a long sentence about what else there is to know of this",
        "cell",
    ]
    # In two parts, each behind the same names.
    narrow = [line for line in text_lines(SCORES, 45) if line.startswith("┃")]
    assert [line.split()[1::2] for line in narrow] == [["recipe", "en"], ["recipe", "fr", "note"]]


words = st.text("abc +,/-起é", max_size=12)
scored = st.floats(0, 1).map(lambda value: f"{value:.3f} ±0.001")


@given(st.lists(st.tuples(words, words, st.integers(-999_999, 999_999), scored), max_size=4), st.integers(45, 130))
def test_all_is_there_at_any_width(rows: list[tuple[str, str, int, str]], width: int) -> None:
    table = TextTable("a title", ["name one", "two", "n", "value"], [[a, b, str(n), v] for a, b, n, v in rows], keys=2)
    lines = list(text_lines(table, width))
    assert max(map(cell_width, lines)) <= width
    text = "\n".join(lines)
    for _, _, n, value in rows:
        assert str(n) in text
        assert value in text


def test_names_are_whole_after_folding() -> None:
    name = "org/a-model-with-a-long-name+realign(contrastive,strong,dict,layers=4/8)"
    table = TextTable("", ["model", "x", "y"], [[name, "0.1", "0.2"], ["b", "0.3", "0.4"]])
    for width in range(30, 90):
        lines = list(text_lines(table, width))
        assert max(map(cell_width, lines)) <= width
        # The name stands in the lines above the second row, of the first part.
        assert "".join(row[0] for row in cells(lines)).startswith(name)


def test_a_number_is_never_folded() -> None:
    table = TextTable("", ["x"], [["1" * 40]], keys=0)
    assert f"│ {'1' * 40} │" in list(text_lines(table, 20))
    table = TextTable("", ["x"], [["ab " * 20]], keys=0)
    assert max(map(len, text_lines(table, 20))) <= 20


def test_constant_names_stand_in_the_title() -> None:
    table = TextTable("t", ["model", "lang", "n"], [["m", "ar", "1"], ["", "fr", "1"]], keys=2)
    assert next(iter(text_lines(table, None))) == "t, model m"
    assert table.without_constants().header == ["lang", "n"]
    # Of one row all are told; a last name that is empty in some row varies.
    assert TextTable("t", ["m"], [["x"]]).without_constants().header == ["m"]
    assert TextTable("t", ["m", "k"], [["x", "y"], ["x", ""]], keys=2).without_constants().header == ["k"]


def test_control_characters_are_shown() -> None:
    table = TextTable("t\x1b", ["a\x07"], [["\x1b[2J\n"]], notes=["n\x9b"])
    text = "\n".join(text_lines(table, None))
    assert not any(c in text for c in "\x1b\x07\x9b")
    assert "│ \\x1b[2J\\n │" in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_does_nothing_of_what_stands_in_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = Printed([], [{"name": "a\x1b[2J\u202e,b"}], pa.schema([("name", pa.string())]))
    for stream, text in ((io.StringIO(), '"a\x1b[2J\u202e,b"'), (Terminal(), '"a\\x1b[2J\\u202e,b"')):
        monkeypatch.setattr("sys.stdout", stream)
        print_tables(printed, "csv")
        assert stream.getvalue() == f"name\n{text}\n"


SCHEMA = pa.schema([("lang", pa.string()), ("value", pa.float64()), ("n", pa.int64())])
ROWS: list[Row] = [{"lang": "ar", "value": 1 / 3, "n": 7, "other": 1}, {"lang": None, "value": None}]
PRINTED = Printed([TextTable("a title", ["lang", "value"], [["ar", "0.333"], ["", ""]])], ROWS, SCHEMA)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "lang,value,n\nar,0.3333333333333333,7\n,,\n"),
        (
            "jsonl",
            '{"lang": "ar", "value": 0.3333333333333333, "n": 7}\n{"lang": null, "value": null, "n": null}\n',
        ),
        ("md", "**a title**\n\n| lang | value |\n| --- | --: |\n| ar | 0.333 |\n|  |  |\n"),
    ],
)
def test_forms(form: Form, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(PRINTED, form)
    assert capsys.readouterr() == (text, "")
    print_tables(PRINTED, form, to_stderr=True)
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize(
    ("output", "beside", "form", "out", "err"),
    [
        (None, None, "table", ["a title", "p.svg"], ["counts"]),
        (None, "b.csv", "table", ["a title", "b.csv", "p.svg"], ["counts"]),
        ("a.csv", None, "table", ["a.csv", "p.svg"], ["a title", "counts"]),
        # A stream has standard output for itself, and so has a table for programs.
        ("-", "b.csv", "table", [], ["a title", "counts", "b.csv", "p.svg"]),
        ("a.csv", "-", "table", [], ["a title", "counts", "a.csv", "p.svg"]),
        (None, "-", "table", [], ["a title", "counts", "p.svg"]),
        (None, "b.csv", "jsonl", ['"lang"'], ["counts", "b.csv", "p.svg"]),
    ],
)
def test_the_end_of_a_command_that_measures(
    output: str | None, beside: str | None, form: Form, out: list[str], err: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    report(PRINTED, {"counts": {"m": 1}}, form, output, beside, Path("p.svg"))
    streams = capsys.readouterr()
    assert all(text in streams.out for text in out)
    assert all(text in streams.err for text in err)
    assert not any(text in streams.out for text in err)
    assert not any(text in streams.err for text in out)


def test_two_tables_on_standard_output() -> None:
    check_form("table", "-")
    check_form("csv", "items.csv")
    with pytest.raises(OptionError, match="form csv writes to standard output, and so does"):
        check_form("csv", "-")


def test_the_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "93")
    assert terminal_width(Terminal()) == 93
    assert terminal_width(io.StringIO()) is None
    # What has no size is as wide as terminals once were.
    monkeypatch.setenv("COLUMNS", "wide")
    assert terminal_width(Terminal()) == 80


def test_every_command_that_prints_a_table_prints_it_for_programs() -> None:
    for path in sorted((ROOT / "xlt" / "cli").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "print_tables(" in text or " report(" in text:
            assert path.name == "tables.py" or "form: o.Printing" in text, path
        assert "rich.table" not in text, path


Run = Callable[[Call, Path], list[str]]


def test_programs_read_what_a_command_prints(call: Call, made: dict[str, list[str]]) -> None:
    tables = [name for names in made.values() for name in names]
    arguments = ["correlate", "--interval", "none", "--points", "p.parquet", *tables]
    call(*arguments, "-o", "c.csv")
    written = Path("c.csv").read_text(encoding="utf-8")
    done = call(*arguments, "--force", "--format", "csv")
    assert done.out == written
    assert "p.parquet" in done.err
    lines = call(*arguments, "--force", "--format", "jsonl").out.splitlines()
    rows = [json.loads(line) for line in lines]
    read = pacsv.read_csv(io.BytesIO(written.encode())).to_pylist()
    assert [row["rho"] for row in rows] == [row["rho"] for row in read]
    assert call(*arguments, "--force", "--format", "md").out.startswith("**alignment and transfer: spearman")


def test_a_form_beside_an_output(call: Call, made: dict[str, list[str]]) -> None:
    for command in (["report", "transfer"], ["report", "change"], ["correlate"]):
        done = call(*command, "--format", "csv", "-o", "x.csv", *made["results"], status=2)
        assert "--format has no effect with --output, which takes the table" in done.err
    done = call("correlate", "--format", "jsonl", "--points", "-", *made["results"], status=2)
    assert "--format jsonl writes to standard output, and so does the other table" in done.err
