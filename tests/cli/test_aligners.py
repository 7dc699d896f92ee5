"""``xlt extract-pairs`` with aligners, files of links and saved models."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.checkpoints import make_checkpoint
from tests.cli.conftest import FAST, Call, Done, sentences
from tests.cli.pairs import record, rows

Here = Callable[..., Done]


@pytest.fixture
def here(call: Call, one_thread: None, text: Path) -> Here:
    return lambda *arguments, status=0: call("extract-pairs", *arguments, "en", "fr", status=status)


def test_fastalign_finds_the_translations(here: Here, text: Path) -> None:
    result = here(*FAST, "-o", "x.parquet")
    table, right = rows(text / "x.parquet"), sentences()
    assert [r["sent_id"] for r in table] == [s for s, (a, b) in enumerate(right) if b and any(w != "0" for w in a)]
    for row in table:
        assert (row["src_tokens"], row["tgt_tokens"]) == right[row["sent_id"]]
        assert len(row["src_idx"]) == len(row["tgt_idx"]) == len(row["score"])
        assert all(0 < s <= 1 for s in row["score"])
    links = [
        (r["src_tokens"][i], r["tgt_tokens"][j]) for r in table for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
    ]
    assert sum(a[1:] == b[1:] for a, b in links) > 0.9 * len(links)
    assert ("0", "0") not in links
    assert "of these between identical words, left out" in result.err
    params = record(text / "x.parquet")["params"]
    assert (params["aligner"], params["symmetrise"], params["null"]) == ("fastalign", "grow-diag-final-and", 0.08)


def test_the_filters_can_be_switched_off(here: Here, text: Path) -> None:
    with (text / "text.tsv").open("a", encoding="utf-8") as file:
        file.write("e1 e2\tF1 F1 F2\n" * 5)
    here(*FAST, "--keep-many", "--keep-identical", "--symmetrise", "union", "-o", "all.parquet")
    here(*FAST, "--keep-identical", "--symmetrise", "union", "-o", "one.parquet")
    here(*FAST, "--symmetrise", "union", "-o", "none.parquet")
    links = [
        {
            (r["sent_id"], i, j)
            for r in rows(text / f"{n}.parquet")
            for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
        }
        for n in ("all", "one", "none")
    ]
    assert links[0] > links[1] > links[2]
    summary = record(text / "none.parquet")["summary"]
    assert summary["links found"] == len(links[0])
    assert summary["of these not one to one, left out"] == len(links[0]) - len(links[1])
    assert summary["of these between identical words, left out"] == len(links[1]) - len(links[2])


def test_workers_and_chunks_change_nothing(here: Here, text: Path) -> None:
    for name, more in (("a", []), ("b", ["--workers", "2"]), ("c", ["--chunk", "7"])):
        here(*FAST, *more, "-o", f"{name}.parquet")
    plain = pq.read_table(text / "a.parquet")
    assert plain.equals(pq.read_table(text / "b.parquet"))
    assert plain.equals(pq.read_table(text / "c.parquet"))


def test_a_saved_model_serves_shards_and_new_text(here: Here, text: Path) -> None:
    here(*FAST, "--keep-empty", "--save-priors", "model.parquet", "-o", "whole.parquet")
    shards = []
    for i in (1, 2, 3):
        here(*FAST, "--keep-empty", "--load-priors", "model.parquet", "--shard", f"{i}/3", "-o", f"{i}.parquet")
        shards += rows(text / f"{i}.parquet")
    assert sorted(shards, key=lambda r: int(r["sent_id"])) == rows(text / "whole.parquet")
    priors = record(text / "1.parquet")["inputs"][1]["record"]
    assert priors is not None
    assert priors["inputs"][0]["role"] == "corpus"

    (text / "text.tsv").write_text("e1 unseen e2\tF1 F2\nnothing known\trien du tout\n", encoding="utf-8")
    result = here(*FAST, "--symmetrise", "intersect", "--load-priors", "model.parquet", "-o", "new.parquet")
    first = rows(text / "new.parquet")[0]
    assert set(zip(first["src_idx"], first["tgt_idx"], strict=True)) == {(0, 0), (2, 1)}
    assert "words unknown to the priors" in result.err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--shard", "1/2"], "train once with --save-priors"),
        (["--save-priors", "a.parquet", "--load-priors", "b.parquet"], "give one"),
        (["--load-priors", "b.parquet"], "b.parquet: no such file"),
        (["--load-priors", "text.tsv"], "text.tsv"),
        (["--save-priors", "-"], "name a file"),
        (["--save-priors", "a.csv"], "the suffix says the format"),
        (["--save-priors", "x.parquet"], "x.parquet is an input, or another output"),
        (["--save-priors", "text.tsv", "--force"], "the suffix says the format"),
        (["--dict", "x"], "--dict has no effect with --aligner fastalign, only with dict; leave it out"),
        (["--model", "x"], "--model has no effect with --aligner fastalign, only with awesome, argmax, itermax"),
        (["--threshold", "0.5"], "--threshold has no effect with --aligner fastalign, only with awesome;"),
        (["--one-based"], "--one-based has no effect with --aligner fastalign, only with --links; leave it out"),
        (["--links", "x"], "--links and --aligner exclude each other: give one"),
        (["--device", "tpu"], "--device tpu"),
    ],
)
def test_options_that_do_not_fit(here: Here, more: list[str], message: str, text: Path) -> None:
    result = here(*FAST, *more, "-o", "x.parquet", status=2)
    assert message in result.err
    assert result.err.count("\n") == 1
    assert not (text / "x.parquet").exists()


def test_a_model_of_another_text_is_refused(here: Here, call: Call) -> None:
    here(*FAST, "--save-priors", "model.parquet", "-o", "x.parquet")
    result = here(*FAST, "--lowercase", "--load-priors", "model.parquet", "-o", "y.parquet", status=2)
    assert "trained with lowercase False, this text has True" in result.err
    result = call("extract-pairs", *FAST, "--load-priors", "model.parquet", "-o", "y.parquet", "fr", "en", status=2)
    assert "src lang en, this text has fr" in result.err


@pytest.mark.parametrize(
    ("content", "summary"),
    [("a b\tx\n", {"sentence pairs": 1}), ("\tx\n", {"word pairs": 0}), ("same same\tsame same\n", {"word pairs": 0})],
)
def test_little_text(here: Here, text: Path, content: str, summary: dict[str, int]) -> None:
    (text / "text.tsv").write_text(content, encoding="utf-8")
    here(*FAST, "-o", "x.parquet")
    assert summary.items() <= record(text / "x.parquet")["summary"].items()


def test_an_empty_corpus(here: Here, text: Path) -> None:
    (text / "text.tsv").write_text("", encoding="utf-8")
    assert "no sentence pair" in here(*FAST, "-o", "x.parquet", status=2).err


LINKS = "--pretokenized", "--corpus=text.tsv", "--links=links"


def test_links_of_another_tool(here: Here, text: Path) -> None:
    here(*FAST, "--keep-many", "--keep-identical", "--format", "pharaoh", "-o", "links")
    here(*FAST, "-o", "own.parquet")
    here(*LINKS, "-o", "theirs.parquet")
    own, theirs = pq.read_table(text / "own.parquet"), pq.read_table(text / "theirs.parquet")
    assert own.drop_columns(["score"]).equals(theirs)
    assert record(text / "theirs.parquet")["params"]["aligner"] == "links"


def test_links_follow_the_sentences_that_are_chosen(here: Here, text: Path) -> None:
    lines = [" ".join(f"{k}-{k}" for k in range(min(len(a), len(b)))) for a, b in sentences()]
    (text / "links").write_text("\n".join(lines) + "\n")
    here(*LINKS, "--keep-identical", "--sample", "20", "-o", "x.parquet")
    for row in rows(text / "x.parquet"):
        assert row["src_idx"] == row["tgt_idx"] == list(range(len(row["src_tokens"])))


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda lines: lines[:-1], [], "links has 59 lines, the corpus has more sentence pairs"),
        (lambda lines: [*lines, "0-0"], [], "links has 61 lines, the corpus 60 sentence pairs"),
        (lambda lines: ["0-99", *lines[1:]], [], "line 1 links target word 99, but the sentence has"),
        (lambda lines: ["0-0 x", *lines[1:]], [], "line 1: 'x' is no link"),
        (lambda lines: lines, ["--one-based"], r"links source word 0, but the sentence has"),
    ],
)
def test_links_that_do_not_fit(
    here: Here, text: Path, change: Callable[[list[str]], list[str]], more: list[str], message: str
) -> None:
    lines = ["0-0" if a and b else "" for a, b in sentences()]
    (text / "links").write_text("\n".join(change(lines)) + "\n")
    assert message in here(*LINKS, *more, "-o", "x.parquet", status=2).err


def test_links_numbered_from_1(here: Here, text: Path) -> None:
    lines = [" ".join(f"{k + 1}-{k + 1}" for k in range(min(len(a), len(b)))) for a, b in sentences()]
    (text / "links").write_text("\n".join(lines) + "\n")
    assert "if the file is numbered from 1, give --one-based" in here(*LINKS, "-o", "x.parquet", status=2).err
    here(*LINKS, "--one-based", "--keep-identical", "-o", "x.parquet")
    assert all(r["src_idx"] == list(range(len(r["src_tokens"]))) for r in rows(text / "x.parquet"))


@pytest.mark.parametrize("method", ["awesome", "argmax", "itermax"])
def test_an_encoder_s_vectors(here: Here, text: Path, method: str) -> None:
    make_checkpoint(text / "model")
    here(
        "--aligner",
        method,
        "--model",
        "model",
        "--layer",
        "1",
        "--pretokenized",
        "--corpus=text.tsv",
        "-o",
        "x.parquet",
    )
    table = rows(text / "x.parquet")
    assert table
    for row in table:
        assert (row["src_tokens"], row["tgt_tokens"]) == sentences()[row["sent_id"]]
        assert len(row["score"]) == len(row["src_idx"])
    params = record(text / "x.parquet")["params"]
    assert (params["aligner"], params["layer"], params["pool"]) == (method, 1, "subwords")
    assert ("threshold" in params) == (method == "awesome")


def test_an_encoder_is_needed_and_its_layer(here: Here, text: Path) -> None:
    assert (
        "--aligner awesome needs --model (encoder of awesome, argmax and itermax: checkpoint folder"
        in here("--aligner=awesome", "--corpus=text.tsv", status=2).err
    )
    make_checkpoint(text / "model")
    result = here("--aligner=awesome", "--model=model", "--corpus=text.tsv", "-o", "x.parquet", status=2)
    assert "--layer 8: the model has" in result.err
