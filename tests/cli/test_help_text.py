"""Help: under headings, as wide as the terminal, whole sentences, no types of Python, examples that run."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from tests.cli.conftest import Call
from tests.cli.named import put_named
from tests.cli.test_app import EVERY
from tests.cli.test_import import TEXT
from tests.docs.commands import contexts
from tests.study import study_files
from tests.study.item_files import item, scored, write_items
from xlt.cli.help_text import WIDEST, HelpCommand, examples_of, first_sentence, panel_of, words_of
from xlt.corpora.manifests import load_manifest
from xlt.options import Panel

LEAVES = {" ".join(name): command for name, command in EVERY if isinstance(command, HelpCommand)}


def helps(width: int) -> dict[str, str]:
    """The help of every command on a terminal of this width."""
    texts = {}
    for name, context in contexts().items():
        before = context.terminal_width
        context.terminal_width = width - 2
        texts[name] = str(context.command.get_help(context))
        context.terminal_width = before
    return texts


# What stands where


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_stands_under_a_heading_and_says_what_it_takes_in_plain_words(name: str) -> None:
    for parameter in LEAVES[name].params:
        assert panel_of(parameter) in {"Arguments", *get_args(Panel)}, f"{parameter.name}: give it a panel"
        assert parameter.metavar or getattr(parameter, "is_flag", False), f"{parameter.name}: give it a metavar"


@pytest.mark.parametrize("name", LEAVES)
def test_no_option_takes_the_tables_that_a_command_is_about(name: str) -> None:
    # What follows such an option, and looks like a table, is taken as one more of its files.
    parameters = LEAVES[name].params
    options = [p for p in parameters if p.param_type_name == "option" and p.metavar == "PAIRS"]
    others = {"TEXT...", "LANG..."}  # which look otherwise
    tables = [p for p in parameters if p.param_type_name == "argument" and p.nargs == -1 and p.metavar not in others]
    assert not options or not tables, f"{options[0].opts[0]} would swallow {tables[0].metavar}: let its value be FILE"


def test_options_of_one_kind_stand_together() -> None:
    text = helps(80)["xlt align-score"]
    headings = re.findall(r"^(\w+):$", text, flags=re.MULTILINE)
    assert headings == ["Arguments", "Input", "Method", "Model", "Output", "Resources", "Messages", "Examples"]
    model = text.partition("\nModel:\n")[2].partition("\n\n")[0]
    assert re.findall(r"^  (--[\w-]+)", model, flags=re.MULTILINE) == [
        "--layers", "--pool", "--overlong", "--max-length", "--drop-blank-subwords", "--sentence-pool",
    ]  # fmt: skip


def test_no_type_of_a_programming_language_is_told() -> None:
    for name, text in helps(80).items():
        told = re.search(r"<\w+|\bINTEGER\b|\bOptional\[|\blist\[|\bNone\b", text)
        assert told is None, f"{name}: {told}"


def test_what_a_task_may_be_is_told() -> None:
    assert "--task pos|ner|slots|nli|topic" in helps(80)["xlt finetune"]
    assert "--task pos|ner|slots|nli|topic" in helps(80)["xlt eval"]


def test_values_too_many_for_a_line_are_told_in_words() -> None:
    text = " ".join(helps(80)["xlt extract-pairs"].split())
    assert "--symmetrise NAME How FastAlign's two directions become one: intersect, union, grow-diag, " in text


# Widths


def test_no_sentence_is_cut_and_no_line_is_wider_than_the_terminal() -> None:
    for width in (80, 100):
        for name, text in helps(width).items():
            assert max(map(len, text.splitlines())) <= width, name
            assert not re.search(r"[a-z,]\.\.\.$", text, flags=re.MULTILINE), name
    listed = " ".join(helps(80)["xlt"].split())
    assert "correlate Correlate alignment with cross-lingual transfer: scores with what the results lose from" in listed


def test_a_wide_terminal_is_used(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = []
    for columns in (80, 110, 300):
        monkeypatch.setenv("COLUMNS", str(columns))
        widths.append(max(map(len, call("finetune", "--help").out.splitlines())))
    assert widths[0] <= 80 < widths[1] <= 110 < widths[2] <= WIDEST


# Words


def test_words_and_examples_are_told_apart() -> None:
    text = """Do it. Slowly.

    More of it,
    in two lines.

    $ xlt do it
    $ xlt do more
    """
    assert words_of(text) == ["Do it. Slowly.", "More of it,\nin two lines."]
    assert examples_of(text) == ["xlt do it", "xlt do more"]
    assert first_sentence(text) == "Do it."
    assert first_sentence("Do it\nnow.") == "Do it now."


def test_a_row_tells_default_and_bounds_where_they_say_something() -> None:
    app = typer.Typer(rich_markup_mode=None, add_completion=False)

    @app.command(cls=HelpCommand)
    def draw(
        name: Annotated[str, typer.Argument(help="What.", metavar="NAME")],
        to: Annotated[str, typer.Option("--to", "-t", help="Where.", metavar="FILE")],
        share: Annotated[float, typer.Option(help="How much.", metavar="P", min=0.0, max=0.5)] = 0.25,
        length: Annotated[int | None, typer.Option(help="How long.", metavar="N", min=4)] = None,
        seed: Annotated[int, typer.Option(help="Chance.", metavar="N", min=0, max=2**63 - 1)] = 1,
        many: Annotated[int | None, typer.Option(help="How many.", metavar="N", min=1, show_default="all")] = None,
        loud: Annotated[bool, typer.Option("--loud", help="Shout.")] = False,
    ) -> None: ...

    text = CliRunner().invoke(app, ["--help"]).output
    assert text.startswith("Usage: draw [OPTIONS] NAME\n")
    rows = dict(re.findall(r"^  (\S.*?)  +(\S.*)$", text, flags=re.MULTILINE))
    assert rows == {
        "NAME": "What.", "-t, --to FILE": "Where. [required]", "--share P": "How much. [default: 0.25; 0 to 0.5]",
        "--length N": "How long. [at least 4]", "--seed N": "Chance. [default: 1]",
        "--many N": "How many. [default: all]", "--loud": "Shout.", "--help": "Show this message and exit.",
    }  # fmt: skip


def test_help_of_a_command_by_the_word_help(call: Call) -> None:
    assert call("help").out == call("--help").out
    assert call("help", "align-score").out == call("align-score", "--help").out
    assert call("help", "report", "change").out == call("report", "change", "--help").out
    assert "No such command 'nothing'" in call("help", "nothing", status=2).err
    assert call("-V").out == call("--version").out


# Examples


@pytest.fixture
def named_files(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever the examples name: files of one's own, a model and data that others have published."""
    monkeypatch.setenv("XLT_CACHE", str(tmp_path / "cache"))
    lines = put_named()
    shutil.copytree(model, tmp_path / "bert-base-multilingual-cased")
    (tmp_path / "text.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in lines), encoding="utf-8")
    for lang, side in (("en", 0), ("fr", 1)):
        (tmp_path / f"text.{lang}").write_text("".join(f"{pair[side]}\n" for pair in lines), encoding="utf-8")
    (tmp_path / "gold.txt").write_text("0-0 1-1 2-2\n0-0 1-2 2-1\n" * 20, encoding="utf-8")
    found: dict[str, Any] = {
        "src_idx": 1,
        "tgt_idx": 1,
        "found_lang": "fr",
        "found_sent_id": 0,
        "found_word": "chat",
        "found_idx": 1,
    }
    write_items(tmp_path / "items.parquet", [item(0, 1, **found)], scored(candidates="corpus"), found=True)
    shutil.copy(load_manifest("sib200").path, tmp_path / "topics.toml")
    (tmp_path / "runs.csv").write_text(TEXT, encoding="utf-8")
    for kind, names in study_files.make_methods(tmp_path).items():
        folder = tmp_path / ("results" if kind == "results" else "scores")
        folder.mkdir(exist_ok=True)
        for name in names:
            Path(name).rename(folder / Path(name).name)
    return tmp_path


def test_every_command_has_an_example_and_each_runs(call: Call, named_files: Path, one_thread: None) -> None:
    for name, command in LEAVES.items():
        examples = examples_of(command.help)
        assert examples, f"xlt {name} has no example"
        assert f"xlt {name} " in examples[-1]
        for example in examples:
            call(*expanded(shlex.split(example)[1:], named_files))


def expanded(words: list[str], folder: Path) -> list[str]:
    """As a shell has it: patterns are the files that they match."""
    return [name for word in words for name in matches(word, folder) or [word]]


def matches(word: str, folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.glob(word)) if "*" in word else []
