"""``xlt extract-pairs``: the real command line where that is the point, else the same entry point in this process."""

import gzip
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Call, Done, Shell, names
from tests.cli.pairs import record, rows
from tests.conftest import ROOT, Run
from tests.corpora.test_treebanks import EN, FR
from xlt.files.schemas import PAIRS

CORPUS = """The cat sleeps.\tLe chat dort.
A dog and a dog\tUn chien
the Paris cat\tle chat de Paris
\tvide
house and home\tla maison
"""
EN_FR = "cat chat\nsleeps dort\ndog chien\nhouse maison\nthe le\nthe la\nparis paris\nbird oiseau\n"
FR_EN = "maison home\nle the\n"
#   the-le and the-la; home-maison comes out of the reversed file, le-the is there already: 8 entries in all.
SOURCE = "--corpus=corpus.tsv", "--dict=dict"


Here = Callable[..., Done]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "corpus.tsv").write_text(CORPUS, encoding="utf-8")
    (tmp_path / "dict").mkdir()
    (tmp_path / "dict" / "en-fr.txt").write_text(EN_FR, encoding="utf-8")
    (tmp_path / "dict" / "fr-en.txt").write_text(FR_EN, encoding="utf-8")
    return tmp_path


@pytest.fixture
def here(call: Call) -> Here:
    """Run ``xlt extract-pairs`` in this process, in the test's folder."""
    return lambda *arguments, status=0: call("extract-pairs", *arguments, status=status)


def word_pairs(path: Path) -> set[tuple[int, str, str]]:
    return {
        (r["sent_id"], r["src_tokens"][i], r["tgt_tokens"][j])
        for r in rows(path)
        for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
    }


PAIRS_FOUND = [
    {
        "sent_id": 0, "src_lang": "en", "tgt_lang": "fr",
        "src_tokens": ["The", "cat", "sleeps", "."], "tgt_tokens": ["Le", "chat", "dort", "."],
        "src_idx": [1, 2], "tgt_idx": [1, 2],
    },
    {
        "sent_id": 2, "src_lang": "en", "tgt_lang": "fr",
        "src_tokens": ["the", "Paris", "cat"], "tgt_tokens": ["le", "chat", "de", "Paris"],
        "src_idx": [0, 2], "tgt_idx": [0, 1],
    },
]  # fmt: skip


def test_pairs_by_hand(xlt: Run, small: Path) -> None:
    result = xlt("extract-pairs", *SOURCE, "en", "fr")
    assert result.stdout == "en-fr.parquet\n"
    assert rows(small / "en-fr.parquet") == PAIRS_FOUND
    assert names(small) == {"corpus.tsv", "dict", "en-fr.parquet"}
    assert pq.read_schema(small / "en-fr.parquet").remove_metadata() == PAIRS.arrow(without=["score"])
    # Words alone are counted, without punctuation: 8 of 14 English ones are in the dictionary, 7 of 12 French ones.
    expected = {
        "sentence pairs": "5",
        "with a word pair": "2",
        "without": "3",
        "of these, an empty side": "1",
        "word pairs": "4",
        "dictionary entries": "8",
        "identical entries left out": "1",
        "source words in dictionary": "0.5714",
        "target words in dictionary": "0.5833",
        "dictionary source words in corpus": "6 of 7",
        "dictionary target words in corpus": "6 of 7",
    }
    shown = dict(re.findall(r"^  (\S.*?)  +(\S.*)$", result.stderr, re.MULTILINE))
    assert shown == expected
    assert "warning" not in result.stderr


def test_the_record(here: Here, small: Path) -> None:
    here(*SOURCE, "--tag", "domain=test", "-o", "x.parquet", "en", "fr")
    written = record(small / "x.parquet")
    assert (
        written["command"] == "xlt extract-pairs --corpus=corpus.tsv --dict=dict --tag domain=test -o x.parquet en fr"
    )
    assert (written["step"], written["seed"], written["tags"]) == ("extract-pairs", None, {"domain": "test"})
    assert [(i["role"], i["name"], i["sha256"]) for i in written["inputs"]] == [
        ("corpus", "corpus.tsv", sha256(CORPUS.encode()).hexdigest()),
        ("dict", "dict/en-fr.txt", sha256(EN_FR.encode()).hexdigest()),
        ("dict", "dict/fr-en.txt", sha256(FR_EN.encode()).hexdigest()),
    ]
    assert written["params"]["segmentation"] == {"en": "classes", "fr": "classes"}
    assert written["summary"]["word pairs"] == 4
    assert written["summary"]["source words in dictionary"] == pytest.approx(8 / 14)


def test_lowercase_finds_more_and_leaves_the_words_alone(here: Here, small: Path) -> None:
    here(*SOURCE, "--lowercase", "en", "fr")
    # The-le now; Paris stands on both sides, but identical entries are none.
    assert word_pairs(small / "en-fr.parquet") == {
        (0, "The", "Le"), (0, "cat", "chat"), (0, "sleeps", "dort"), (2, "the", "le"), (2, "cat", "chat"),
    }  # fmt: skip


def test_words_that_become_identical_are_left_out(here: Here, small: Path) -> None:
    (small / "dict" / "en-fr.txt").write_text("Paris paris\ncat chat\nsleeps dort\nthe le\n")
    here(*SOURCE, "en", "fr")
    assert record(small / "en-fr.parquet")["summary"]["dictionary entries"] == 5
    here(*SOURCE, "--lowercase", "--force", "en", "fr")
    assert record(small / "en-fr.parquet")["summary"]["dictionary entries"] == 4
    assert (2, "Paris", "Paris") not in word_pairs(small / "en-fr.parquet")


def test_the_other_direction_mirrors_the_pairs(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("en\tfr\n" + CORPUS)
    here(*SOURCE, "-o", "x.parquet", "en", "fr")
    here(*SOURCE, "-o", "y.parquet", "fr", "en")
    mirrored = {(n, t, s) for n, s, t in word_pairs(small / "x.parquet")}
    assert word_pairs(small / "y.parquet") == mirrored != set()


def test_keep_empty(here: Here, small: Path) -> None:
    here(*SOURCE, "--keep-empty", "en", "fr")
    table = rows(small / "en-fr.parquet")
    assert [r["sent_id"] for r in table] == [0, 1, 2, 3, 4]
    assert [r for r in table if r["src_idx"]] == PAIRS_FOUND
    assert (table[3]["src_tokens"], table[3]["tgt_tokens"], table[3]["tgt_idx"]) == ([], ["vide"], [])


def test_pharaoh_has_a_line_for_each_sentence_pair(here: Here, small: Path) -> None:
    result = here(*SOURCE, "--format", "pharaoh", "en", "fr")
    assert result.out == "en-fr.pharaoh\n"
    assert (small / "en-fr.pharaoh").read_bytes() == b"1-1 2-2\n\n0-0 2-1\n\n\n"
    assert here(*SOURCE, "--format", "pharaoh", "-o", "-", "en", "fr").out == "1-1 2-2\n\n0-0 2-1\n\n\n"
    assert here(*SOURCE, "--format", "pharaoh", "--shard", "2/2", "-o", "-", "en", "fr").out == "\n\n"


@pytest.mark.parametrize("suffix", ["arrow", "csv", "jsonl"])
def test_the_suffix_says_the_format(here: Here, small: Path, suffix: str) -> None:
    assert here(*SOURCE, "-o", f"x.{suffix}", "en", "fr").out == f"x.{suffix}\n"
    assert rows(small / f"x.{suffix}") == PAIRS_FOUND


def test_quiet_is_silent_but_for_the_path(xlt: Run, small: Path) -> None:
    result = xlt("extract-pairs", *SOURCE, "-q", "en", "fr")
    assert (result.stdout, result.stderr) == ("en-fr.parquet\n", "")


def test_an_existing_output_is_refused(here: Here, small: Path) -> None:
    (small / "en-fr.parquet").write_text("mine")
    result = here(*SOURCE, "en", "fr", status=2)
    assert result.out == ""
    assert result.err == "xlt: error: en-fr.parquet exists already; give --force to replace it, or another name\n"
    assert (small / "en-fr.parquet").read_text() == "mine"
    here(*SOURCE, "--force", "en", "fr")
    assert rows(small / "en-fr.parquet") == PAIRS_FOUND


def test_the_same_table_twice(here: Here, small: Path) -> None:
    here(*SOURCE, "-o", "x.parquet", "en", "fr")
    here(*SOURCE, "-o", "y.parquet", "en", "fr")
    one, two = (pq.read_table(small / name).replace_schema_metadata() for name in ("x.parquet", "y.parquet"))
    assert one.equals(two)


def test_through_a_pipe_into_show(shell: Shell, small: Path) -> None:
    result = shell("cat corpus.tsv | xlt extract-pairs --corpus - --dict dict -q -o - en fr | xlt show -")
    assert "rows: 2\n" in result.out
    assert "summary word pairs: 4\n" in result.out
    assert "command: xlt extract-pairs --corpus - --dict dict -q -o - en fr\n" in result.out
    assert "The cat sleeps ." in result.out
    assert result.err == ""


def test_the_path_is_what_a_script_gets(shell: Shell, small: Path) -> None:
    result = shell(f'P=$(xlt extract-pairs {shlex.join(SOURCE)} -o "my pairs.parquet" en fr) && ls "$P"')
    assert result.out == "my pairs.parquet\n"


@pytest.fixture
def large(small: Path) -> Path:
    # Some 300 KB of links, far beyond what a pipe holds.
    (small / "large.tsv").write_text("the cat sleeps\tle chat dort\n" * 30_000)
    return small


@pytest.mark.parametrize("format", ["pharaoh", "parquet"])
def test_a_reader_that_has_had_enough(shell: Shell, large: Path, format: str) -> None:
    command = f"xlt extract-pairs --corpus large.tsv --dict dict -q --format {format} -o - en fr | head -c 12"
    result = shell(command.replace("head -c 12", "head -c 12 | cat -v"))
    assert result.err == ""
    assert result.out.startswith("0-0 1-1 2-2" if format == "pharaoh" else "M-^?M-^?M-^?M-^?")


@pytest.mark.parametrize("format", ["pharaoh", "parquet"])
def test_a_full_disk(shell: Shell, large: Path, format: str) -> None:
    # bash counts blocks of 1,024 bytes.
    result = shell(
        f"ulimit -f 2; xlt extract-pairs --corpus large.tsv --dict dict -q --format {format} en fr", status=1
    )
    assert result.out == ""
    assert re.fullmatch(r"xlt: error: .*File too large.*\n", result.err)
    assert names(large) == {"corpus.tsv", "large.tsv", "dict"}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_stopped_in_the_middle(small: Path, here: Here, number: signal.Signals, status: int) -> None:
    arguments = ["extract-pairs", "--corpus", "-", "--dict", "dict", "-q", "-o", "x.parquet", "en", "fr"]
    process = subprocess.Popen(
        [sys.executable, "-m", "xlt", *arguments],
        cwd=small,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"the cat\tle chat\n" * 5000)
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not any(n.startswith(".x.parquet.") for n in names(small)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.2)  # it waits for more of the corpus by now
    process.send_signal(number)
    err = process.communicate()[1].decode()
    assert process.returncode == status
    assert "Traceback" not in err
    assert not (small / "x.parquet").exists()
    assert any(n.startswith(".x.parquet.") for n in names(small)) == (number == signal.SIGKILL)
    here(*SOURCE, "-o", "x.parquet", "en", "fr")
    assert names(small) == {"corpus.tsv", "dict", "x.parquet"}


def test_the_locale_changes_nothing(shell: Shell, small: Path) -> None:
    (small / "corpus.tsv").write_text("l’été du café\tдень кафе\n", encoding="utf-8")
    (small / "fr-ru.txt").write_text("été день\ncafé кафе\n", encoding="utf-8")
    command = "xlt extract-pairs --corpus corpus.tsv --dict fr-ru.txt -o x.csv --force fr ru 2>&1 && cat x.csv"
    # Without the last two Python itself would turn to UTF-8.
    plain = shell(command, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert '"[""день"", ""кафе""]","[2, 4]","[0, 1]"' in plain.out
    assert plain == shell(command, PYTHONUTF8="1")


@pytest.fixture
def several_blocks(small: Path) -> Path:
    draw = random.Random(0)
    words = ["the", "cat", "dog", "house", "home", "Paris", "x"], ["le", "la", "chat", "chien", "maison", "Paris", "y"]
    sides = [[" ".join(draw.choices(vocabulary, k=4)) for _ in range(9000)] for vocabulary in words]
    (small / "corpus.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in zip(*sides, strict=True)))
    return small


def test_workers_change_nothing(xlt: Run, here: Here, several_blocks: Path) -> None:
    # Seven blocks: more than two processes have under way at a time.
    corpus = several_blocks / "corpus.tsv"
    corpus.write_text(corpus.read_text() * 3)
    xlt("extract-pairs", *SOURCE, "--workers", 2, "-o", "two.parquet", "en", "fr")
    here(*SOURCE, "-o", "one.parquet", "en", "fr")
    one, two = (pq.read_table(several_blocks / f"{n}.parquet").replace_schema_metadata() for n in ("one", "two"))
    assert one.num_rows > 6000
    assert one.equals(two)
    summaries = [record(several_blocks / f"{n}.parquet")["summary"] for n in ("one", "two")]
    assert summaries[0] == summaries[1]


def test_shards_make_up_the_whole(here: Here, several_blocks: Path) -> None:
    options = *SOURCE, "--sample", 5000, "--hold-out", 200
    here(*options, "-o", "whole.parquet", "en", "fr")
    for i in (1, 2, 3):
        here(*options, "--shard", f"{i}/3", "-o", f"{i}.parquet", "en", "fr")
    for part in ("", ".held-out"):
        union = [r for i in (1, 2, 3) for r in rows(several_blocks / f"{i}{part}.parquet")]
        assert sorted(union, key=lambda r: int(r["sent_id"])) == rows(several_blocks / f"whole{part}.parquet") != []


def test_hold_out(here: Here, several_blocks: Path) -> None:
    result = here(*SOURCE, "--hold-out", 50, "--keep-empty", "-o", "x.parquet", "en", "fr")
    assert result.out == "x.parquet\nx.held-out.parquet\n"
    rest, aside = rows(several_blocks / "x.parquet"), rows(several_blocks / "x.held-out.parquet")
    assert sorted(r["sent_id"] for r in rest + aside) == list(range(9000))
    assert 50 <= len(aside) < 100
    assert not {tuple(r["src_tokens"]) for r in rest} & {tuple(r["src_tokens"]) for r in aside}
    assert record(several_blocks / "x.parquet")["seed"] == 42
    parts = [record(several_blocks / f"x{n}.parquet")["params"]["part"] for n in ("", ".held-out")]
    assert parts == ["kept", "held-out"]
    # The held-out file is an output like the other.
    (several_blocks / "x.parquet").unlink()
    assert (
        "x.held-out.parquet exists already"
        in here(*SOURCE, "--hold-out", 50, "-o", "x.parquet", "en", "fr", status=2).err
    )


def test_hold_out_in_pharaoh(here: Here, small: Path) -> None:
    here(*SOURCE, "--hold-out", 2, "--format", "pharaoh", "-o", "x.txt", "en", "fr")
    rest, aside = ((small / n).read_text().splitlines() for n in ("x.txt", "x.held-out.txt"))
    assert (len(rest), len(aside)) == (3, 2)
    assert sorted(rest + aside) == ["", "", "", "0-0 2-1", "1-1 2-2"]


def test_limit(here: Here, small: Path) -> None:
    here(*SOURCE, "--limit", 2, "--keep-empty", "en", "fr")
    assert [r["sent_id"] for r in rows(small / "en-fr.parquet")] == [0, 1]


def test_rows_are_a_slice_of_the_corpus(here: Here, small: Path) -> None:
    here(*SOURCE, "--rows", "-3:-1", "--keep-empty", "en", "fr")
    assert [r["sent_id"] for r in rows(small / "en-fr.parquet")] == [2, 3]
    assert record(small / "en-fr.parquet")["params"]["rows"] == "-3:-1"
    here(*SOURCE, "--rows=1:", "--limit=2", "--keep-empty", "-o", "x.csv", "en", "fr")
    assert [line.split(",")[0] for line in (small / "x.csv").read_text().splitlines()[1:]] == ["1", "2"]
    # A line of links is one of the whole corpus, whatever is taken of it.
    (small / "links").write_text("0-0\n1-1\n2-1\n\n2-1\n")
    here("--corpus=corpus.tsv", "--links=links", "--rows=-3:", "-o", "y.parquet", "en", "fr")
    assert word_pairs(small / "y.parquet") == {(2, "cat", "chat"), (4, "home", "maison")}


def test_long_sentence_pairs_are_left_out(here: Here, small: Path) -> None:
    here(*SOURCE, "--max-words=4", "--keep-empty", "en", "fr")
    assert [r["sent_id"] for r in rows(small / "en-fr.parquet")] == [0, 2, 3, 4]
    summary = record(small / "en-fr.parquet")["summary"]
    assert summary["of these, longer than 4 words, left out"] == 1
    assert (summary["sentence pairs"], summary["with a word pair"], summary["without"]) == (5, 2, 2)
    # Entries are joined where their own sentences stand.
    (small / "d.txt").write_text("house and\tla maison\n")
    here("--corpus=corpus.tsv", "--dict=d.txt", "--whole-entries", "--max-words=3", "-o", "x.parquet", "en", "fr")
    assert word_pairs(small / "x.parquet") == {(4, "house and", "la maison")}
    # A block of which nothing is left.
    for aligner in ("--dict=dict", "--aligner=fastalign"):
        here(
            "--corpus=corpus.tsv",
            aligner,
            "--max-words=1",
            "--rows=:2",
            "--keep-empty",
            "-o",
            "y.csv",
            "--force",
            "en",
            "fr",
        )
        assert len((small / "y.csv").read_text().splitlines()) == 1


def test_sentences_of_any_language_without_word_pairs(xlt: Run, small: Path) -> None:
    (small / "text.tsv").write_text("The cat, it sleeps.\t猫は寝る。\n\t何も\n")
    done = xlt("extract-pairs", "--corpus=text.tsv", "--aligner=none", "en", "ja")
    assert rows(small / "en-ja.parquet") == [
        {
            "sent_id": 0, "src_lang": "en", "tgt_lang": "ja", "src_tokens": ["The", "cat", ",", "it", "sleeps", "."],
            "tgt_tokens": [], "src_idx": [], "tgt_idx": [], "src_text": "The cat, it sleeps.", "tgt_text": "猫は寝る。",
        },
        {
            "sent_id": 1, "src_lang": "en", "tgt_lang": "ja", "src_tokens": [], "tgt_tokens": [], "src_idx": [],
            "tgt_idx": [], "src_text": "", "tgt_text": "何も",
        },
    ]  # fmt: skip
    written = record(small / "en-ja.parquet")
    assert written["summary"] == {"sentence pairs": 2, "of these, an empty side": 1}
    assert {"aligner": "none", "keep_empty": True}.items() <= written["params"].items()
    assert written["params"]["segmentation"] == {"en": "classes", "ja": "none"}
    assert "warning" not in done.stderr


def test_the_entries_of_a_dictionary(xlt: Run, small: Path) -> None:
    done = xlt("extract-pairs", "--entries", "--dict=dict", "--rows=-3:", "-o", "e.parquet", "en", "fr")
    columns = "sent_id", "src_tokens", "tgt_tokens", "src_idx", "tgt_idx"
    assert [tuple(r[name] for name in columns) for r in rows(small / "e.parquet")] == [
        (5, ["the"], ["la"], [0], [0]), (6, ["paris"], ["paris"], [0], [0]), (7, ["bird"], ["oiseau"], [0], [0]),
    ]  # fmt: skip
    written = record(small / "e.parquet")
    assert written["summary"] == {
        "dictionary entries": 3, "word pairs": 3, "of these, of identical words": 1, "of these, of several words": 0,
    }  # fmt: skip
    assert not written["params"].keys() & {"corpus", "split"}
    assert [(i["role"], i["name"]) for i in written["inputs"]] == [("dict", "dict/en-fr.txt")]
    assert written["params"]["entries"] is True
    assert "of these, of identical words  1" in done.stderr
    xlt(
        "extract-pairs", "-q", "--entries", "--drop-identical", "--dict=dict", "--hold-out=2", "-o", "d.csv", "en", "fr"
    )
    # Both entries of a word go together.
    held_out, others = ((small / name).read_text() for name in ("d.held-out.csv", "d.csv"))
    assert (held_out.count("\n"), others.count("\n")) == (1 + 2, 1 + 5)
    assert ("the" in held_out, "the" in others) == (True, False)


def test_treebanks_parallel_by_sent_id(xlt: Run, small: Path) -> None:
    (small / "en.conllu").write_text(EN)
    (small / "th.conllu").write_text(FR)
    (small / "dict" / "en-th.txt").write_text("cat chat\n")
    done = xlt(
        "extract-pairs", "--corpus=en.conllu,th.conllu", "--dict=dict", "--keep-empty", "--workers=2", "en", "th"
    )
    columns = "src_tokens", "tgt_tokens", "src_idx", "src_tags", "tgt_tags"
    assert [tuple(r[name] for name in columns) for r in rows(small / "en-th.parquet")] == [
        (["The", "cat"], ["Le", "chat"], [1], ["DET", "NOUN"], ["DET", "NOUN"]),
        (["10 000"], ["10 000", "."], [], ["NUM"], ["NUM", "PUNCT"]),
    ]
    assert record(small / "en-th.parquet")["params"]["segmentation"] == {"en": "conllu", "th": "conllu"}
    assert "sentences without a partner        2" in done.stderr
    # Through the aligners, with the text, to a table for people.
    xlt("extract-pairs", "-q", "--corpus={lang}.conllu", "--aligner=none", "-o", "x.csv", "en", "th")
    assert (small / "x.csv").read_text().splitlines()[0].endswith("tgt_idx,src_text,tgt_text,src_tags,tgt_tags")
    xlt("extract-pairs", "-q", "--corpus={lang}.conllu", "--aligner=fastalign", "-o", "y.csv", "en", "th")
    assert (small / "y.csv").read_text().splitlines()[0].endswith("tgt_idx,score,src_tags,tgt_tags")


def test_sample_depends_on_the_seed_alone(here: Here, several_blocks: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        here(*SOURCE, "--sample", 100, "--seed", seed, "--keep-empty", "-o", f"{name}.csv", "en", "fr")
    a, b, c = ((several_blocks / f"{n}.csv").read_bytes() for n in "abc")
    assert a == b != c
    assert a.count(b"\n") == 101


def test_decomposed_dictionaries_match_as_well(here: Here, small: Path) -> None:
    # Segmentation composes the text (NFC); a dictionary written on another system may be decomposed.
    (small / "corpus.tsv").write_text("summer\tété\nsummer\te\u0301te\u0301\n", encoding="utf-8")
    (small / "d.txt").write_text("summer e\u0301te\u0301\n", encoding="utf-8")
    here("--corpus", "corpus.tsv", "--dict", "d.txt", "en", "fr")
    assert word_pairs(small / "en-fr.parquet") == {(0, "summer", "été"), (1, "summer", "été")}


def test_pretokenized(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("don't  e\u0301te\u0301!\t猫 が\n", encoding="utf-8")
    (small / "d.txt").write_text("don't 猫\ne\u0301te\u0301! が\n", encoding="utf-8")
    here("--corpus", "corpus.tsv", "--dict", "d.txt", "--pretokenized", "en", "ja")
    assert word_pairs(small / "en-ja.parquet") == {(0, "don't", "猫"), (0, "e\u0301te\u0301!", "が")}


def test_pretokenized_without_diacritics(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("book\tكِتَابٌ\n", encoding="utf-8")
    (small / "d.txt").write_text("book كتاب\n", encoding="utf-8")
    arguments = "--corpus", "corpus.tsv", "--dict", "d.txt", "--strip-diacritics", "-o", "x.csv", "--force"
    here(*arguments, "--pretokenized", "en", "ar")
    assert word_pairs(small / "x.csv") == {(0, "book", "كِتَابٌ")}
    here(*arguments, "en", "ar")
    assert word_pairs(small / "x.csv") == {(0, "book", "كتاب")}


def test_a_tokenizer_for_one_side(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("I don't\tje ne\n")
    (small / "d.txt").write_text("n't ne\nI je\n")
    here("--corpus", "corpus.tsv", "--dict", "d.txt", "--tokenizer", "en=treebank", "en", "fr")
    assert word_pairs(small / "en-fr.parquet") == {(0, "I", "je"), (0, "n't", "ne")}
    assert record(small / "en-fr.parquet")["params"]["segmentation"]["fr"] == "classes"


def test_whole_entries(here: Here, small: Path) -> None:
    text = "Today in New York five\tAujourd'hui à New York п'ять\ntoday a new book\taujourd 'hui\n"
    (small / "corpus.tsv").write_text(text, encoding="utf-8")
    (small / "d.txt").write_text("today\taujourd'hui\nnew york\tnew  york\nfive\tп'ять\nin\tà\n", encoding="utf-8")
    arguments = "--corpus", "corpus.tsv", "--dict", "d.txt", "--lowercase"
    without = here(*arguments, "en", "fr")
    assert re.search(r"entries that segmentation cuts +2\n", without.err)
    assert "--whole-entries keeps them whole" in without.err
    assert "entries of several words left out" in without.err
    assert "whole_entries" not in record(small / "en-fr.parquet")["params"]
    done = here(*arguments, "--whole-entries", "-o", "whole.parquet", "en", "fr")
    assert word_pairs(small / "whole.parquet") == {(0, "Today", "Aujourd'hui"), (0, "in", "à"), (0, "five", "п'ять")}
    # The two sides of an entry are identical, so that it is none; its words stay apart.
    assert rows(small / "whole.parquet")[0]["tgt_tokens"] == ["Aujourd'hui", "à", "New", "York", "п'ять"]
    assert record(small / "whole.parquet")["params"]["whole_entries"] is True
    assert re.search(r"entries kept whole in the text +2\n", done.err)
    assert "that segmentation cuts" not in done.err


def test_phrases_are_one_word_with_a_vector(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("He lives in New York now.\tIl vit à la ville du maire.\n", encoding="utf-8")
    (small / "d.txt").write_text("New York\tla ville\nnow\tmaire\n", encoding="utf-8")
    arguments = "--corpus", "corpus.tsv", "--dict", "d.txt", "--whole-entries"
    here(*arguments, "en", "fr")
    assert word_pairs(small / "en-fr.parquet") == {(0, "New York", "la ville"), (0, "now", "maire")}
    done = here(*arguments, "--pretokenized", "-o", "x.csv", "en", "fr", status=2)
    assert "--whole-entries has no effect with --pretokenized" in done.err


def test_dictionary_splits(here: Here, small: Path) -> None:
    entries = [f"w{i} t{i}" for i in range(6600)]
    (small / "dict" / "en-fr.txt").write_text("\n".join(entries))
    (small / "dict" / "fr-en.txt").write_text("u5001 w5001\n")
    (small / "corpus.tsv").write_text("w4999 w5000 w5001 w6499 w6500\tt4999 t5000 u5001 t6499 t6500\n")
    expected = {"all": [0, 1, 2, 3, 4], "train": [0], "test": [1, 2, 3]}
    for split, positions in expected.items():
        here(*SOURCE, "--dict-split", split, "-o", f"{split}.csv", "en", "fr")
        assert rows(small / f"{split}.csv")[0]["src_idx"] == positions


def test_low_coverage_is_warned_about_also_when_quiet(here: Here, small: Path) -> None:
    # 1 of 4 English words is not below a quarter, 1 of 5 French words is.
    (small / "corpus.tsv").write_text("a cat is here!\til y a un chat.\n")
    result = here(*SOURCE, "-q", "en", "fr")
    assert re.fullmatch(
        r"xlt: warning: only 20\.0 % of the target \(fr\) words are in the dictionary: .*\n", result.err
    )


def test_no_pair_at_all_is_a_warning(here: Here, small: Path) -> None:
    (small / "corpus.tsv").write_text("dog dog\tchien\n")
    assert here(*SOURCE, "-q", "en", "fr").err == "xlt: warning: no word pair was found at all\n"
    assert rows(small / "en-fr.parquet") == []


WRONG: list[tuple[str, list[str], str]] = [
    ("no corpus", ["--corpus=nothing", "--dict=dict"], "--corpus nothing: no such file, nor nothing.en and nothing.fr"),
    ("half a Moses pair", ["--corpus=half", "--dict=dict"], "half.fr (or .gz) is missing"),
    ("no dictionary", ["--corpus=corpus.tsv", "--dict=nothing.txt"], "--dict nothing.txt: no such file"),
    ("unequal", ["--corpus=unequal", "--dict=dict"], "unequal.en has 2 lines, unequal.fr 1"),
    ("empty corpus", ["--corpus=empty", "--dict=dict"], "--corpus empty: no sentence pair"),
    ("empty dictionary", ["--corpus=corpus.tsv", "--dict=empty"], "empty is empty"),
    ("latin-1 corpus", ["--corpus=latin.tsv", "--dict=dict"], "latin.tsv:2: invalid UTF-8 (byte 0xe9)"),
    ("latin-1 dictionary", ["--corpus=corpus.tsv", "--dict=latin.tsv"], "latin.tsv:2: invalid UTF-8 (byte 0xe9)"),
    ("cut gzip", ["--corpus=cut.gz", "--dict=dict"], "cut.gz: the compressed file is broken or cut off"),
    ("cut gzip dictionary", ["--corpus=corpus.tsv", "--dict=cut.gz"], "cut.gz: the compressed file is broken"),
    ("cut Parquet", ["--corpus=cut.parquet", "--dict=dict"], "cut.parquet cannot be read: it is broken or cut off"),
    ("other languages", ["--corpus=other.parquet", "--dict=dict"], "no column for en nor fr; it has x, y"),
    ("ragged", ["--corpus=ragged.tsv", "--dict=dict"], "ragged.tsv:2: 3 columns, expected 2"),
    ("prose as dictionary", ["--corpus=corpus.tsv", "--dict=corpus.tsv"], "corpus.tsv:1: not two words"),
    ("binary as dictionary", ["--corpus=corpus.tsv", "--dict=other.parquet"], "other.parquet:3: invalid UTF-8"),
    ("keys", ["--corpus=corpus.tsv,ragged.tsv", "--join-key", "--dict=dict"], "share no key"),
    ("double keys", ["--corpus=keys.tsv,keys.tsv", "--join-key", "--dict=dict"], "keys.tsv:2: key 'k' stands in"),
    ("one file of keys", ["--corpus=keys.tsv", "--join-key", "--dict=dict"], "--join-key takes two files"),
    ("shard", [*SOURCE, "--shard=3/2"], "--shard 3/2: write I/N"),
    ("too large a sample", [*SOURCE, "--sample=6"], "--sample 6: there are only 5 sentence pairs"),
    ("too large a hold-out", [*SOURCE, "--hold-out=6"], "--hold-out 6: there are only 5 sentence pairs"),
    ("hold-out of a stream", [*SOURCE, "--hold-out=1", "-o", "-"], "name a file with --output"),
    ("sample of a pipe", ["--corpus=-", "--dict=dict", "--sample=1"], "which a pipe cannot"),
    (
        "entries without dictionary",
        ["--entries", "--dict=dict2"],
        "dict2: no en-fr.txt nor fr-en.txt (or .gz) in this folder; it has de-en",
    ),
    ("entries of a text", ["--entries", *SOURCE], "--corpus has no effect with --entries"),
    ("one treebank", ["--corpus=one.conllu", "--dict=dict"], "--corpus one.conllu: a treebank of one language"),
    ("rows", [*SOURCE, "--rows=1-2"], "--rows 1-2: write A:B as a slice of Python"),
    ("no rows", [*SOURCE, "--rows=5:"], "--rows 5:: corpus.tsv has nothing there"),
    ("end of a pipe", ["--corpus=-", "--dict=dict", "--rows=-2:"], "--rows -2: counts from the end, which a pipe does"),
    ("sample of rows", [*SOURCE, "--rows=-2:", "--sample=3"], "--sample 3: there are only 2 sentence pairs"),
    ("suffix", [*SOURCE, "-o", "x.xlsx"], "x.xlsx: the suffix says the format"),
    ("no folder", [*SOURCE, "-o", "no/x.parquet"], "the folder no does not exist"),
    ("a folder as output", [*SOURCE, "--force", "-o", "dir.csv"], "dir.csv is a folder"),
    ("tokenizer", [*SOURCE, "--tokenizer=moses"], "--tokenizer moses: unknown; one of classes"),
    ("tokenizer of another language", [*SOURCE, "--tokenizer=de=toktok"], "the languages are en and fr"),
    ("tag", [*SOURCE, "--tag=domain"], "write KEY=VALUE"),
    ("split of a short dictionary", [*SOURCE, "--dict-split=test"], "no more than 5,000 source words"),
]


@pytest.mark.parametrize(("options", "message"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_wrong_input_is_one_line_and_status_2(here: Here, small: Path, options: list[str], message: str) -> None:
    for name, content in {
        "half.en": "a\n", "unequal.en": "a\nb\n", "unequal.fr": "a\n", "empty": "", "keys.tsv": "k\ta\nk\tb\n",
        "ragged.tsv": "a\tb\nc\td\te\n", "one.conllu": EN,
    }.items():  # fmt: skip
        (small / name).write_text(content)
    (small / "latin.tsv").write_bytes(b"a\tb\ncaf\xe9\tcoffee\n")
    (small / "cut.gz").write_bytes(gzip.compress(b"word\tmot\n" * 99)[:-4])
    (small / "dir.csv").mkdir()
    (small / "dict2").mkdir()
    (small / "dict2" / "de-en.txt").write_text("Hund dog\n")
    pq.write_table(pa.table({"x": ["a"], "y": ["b"]}), small / "other.parquet")
    (small / "cut.parquet").write_bytes((small / "other.parquet").read_bytes()[:-3])
    before = names(small)
    result = here(*options, "en", "fr", status=2)
    assert result.out == ""
    assert result.err.startswith("xlt: error: ")
    assert result.err.count("\n") == 1
    assert message in result.err
    assert names(small) == before


@pytest.mark.parametrize(
    ("languages", "message"),
    [(("en", "en"), "source and target language are both 'en'"), (("en", "ja"), "--pretokenized"),
     (("en", "ru"), "no en-ru.txt nor ru-en.txt")],
)  # fmt: skip
def test_wrong_languages(here: Here, small: Path, languages: tuple[str, str], message: str) -> None:
    (small / "dict" / "en-ja.txt").write_text("cat 猫\n", encoding="utf-8")
    (small / "dict" / "en-en.txt").write_text("cat hat\n")
    result = here(*SOURCE, *languages, status=2)
    assert message in result.err
    assert result.err.count("\n") == 1


def test_wrong_usage_is_status_2(here: Here, small: Path) -> None:
    for options in (["--limit=0"], ["--limit=x"], ["--nothing"], ["--format=xml"], ["--seed=-1"], ["--workers=0"]):
        assert "Traceback" not in here(*SOURCE, *options, "en", "fr", status=2).err
    here("en", status=2)
    assert names(small) == {"corpus.tsv", "dict"}


def test_an_error_beyond_the_first_block_leaves_no_file(xlt: Run, several_blocks: Path) -> None:
    with (several_blocks / "corpus.tsv").open("ab") as corpus:
        corpus.write(b"caf\xe9\tcaf\xe9\n")
    for workers in (1, 2):
        result = xlt("extract-pairs", *SOURCE, "--workers", workers, "en", "fr", status=2)
        assert result.stdout == ""
        assert result.stderr == (
            "xlt: error: corpus.tsv:9001: invalid UTF-8 (byte 0xe9); "
            "convert the file with iconv -f ENCODING -t UTF-8, ENCODING being LATIN1 or UTF-16, say\n"
        )
        assert names(several_blocks) == {"corpus.tsv", "dict"}


# Real data.


@pytest.fixture
def muse(test_data: Path) -> Path:
    return test_data / "dictionaries" / "muse"


def warnings(result: Done) -> list[str]:
    return [line for line in result.err.splitlines() if line.startswith("xlt: warning")]


def test_vocalised_arabic(here: Here, test_data: Path, muse: Path, tmp_path: Path) -> None:
    bible = f"--corpus={test_data}/parallel/bible/en.tsv,{test_data}/parallel/bible/ar.tsv"
    options = bible, "--join-key", f"--dict={muse}", "--limit=500"
    plain = here(*options, "-o", "plain.parquet", "en", "ar")
    assert re.search(r"words? .*target \(ar\) words.*--strip-diacritics", "words " + warnings(plain)[0])
    stripped = here(*options, "--strip-diacritics", "-o", "stripped.parquet", "en", "ar")
    assert warnings(stripped) == []
    summaries = [record(tmp_path / f"{n}.parquet")["summary"] for n in ("plain", "stripped")]
    assert summaries[1]["word pairs"] > 10 * summaries[0]["word pairs"]
    # Genesis 1:1: earth and الأرض; the sentence is without vowel signs now.
    assert (0, "earth", "والأرض") not in word_pairs(tmp_path / "stripped.parquet")
    assert rows(tmp_path / "stripped.parquet")[0]["tgt_tokens"][:3] == ["في", "البدء", "خلق"]


def test_traditional_and_simplified_chinese(here: Here, test_data: Path, muse: Path) -> None:
    # The dictionary is in traditional script, the text in simplified.
    ntrex = f"--corpus={test_data}/parallel/ntrex128/ntrex128.tsv"
    result = here(ntrex, f"--dict={muse}", "--limit=50", "en", "zh")
    assert [w for w in warnings(result) if "target (zh)" in w and "traditional" in w]
    assert "prefix dict" not in result.err
    assert "Loading model" not in result.err
    assert warnings(here(ntrex, f"--dict={muse}", "--limit=50", "en", "fr")) == []


def test_a_moses_pair(here: Here, test_data: Path, muse: Path, tmp_path: Path) -> None:
    options = f"--corpus={test_data}/parallel/tatoeba_anki/en-ar", f"--dict={muse}", "--limit=1000"
    here(*options, "--keep-empty", "en", "ar")
    table = rows(tmp_path / "en-ar.parquet")
    with gzip.open(test_data / "parallel/tatoeba_anki/en-ar.en.gz", "rt", encoding="utf-8") as lines:
        for line, row in zip(lines, table, strict=False):
            assert "".join(row["src_tokens"]) == "".join(line.split())
    assert len(table) == 1000
    here(*options, "--lowercase", "--force", "en", "ar")
    lower = record(tmp_path / "en-ar.parquet")["summary"]["word pairs"]
    assert lower > sum(len(r["src_idx"]) for r in table) > 300


def test_pairs_are_in_the_dictionary(here: Here, test_data: Path, muse: Path, tmp_path: Path) -> None:
    here(f"--corpus={test_data}/parallel/multi30k/en-fr", f"--dict={muse}", "--limit=500", "en", "fr")
    entries = set()
    for name, turn in (("en-fr", 1), ("fr-en", -1)):
        with gzip.open(muse / f"{name}.txt.gz", "rt", encoding="utf-8") as lines:
            entries |= {tuple(line.split()[::turn]) for line in lines}
    pairs = word_pairs(tmp_path / "en-fr.parquet")
    assert len(pairs) > 1000
    assert all((s, t) in entries and s != t for _, s, t in pairs)


def test_the_record_is_json_for_everybody(here: Here, small: Path) -> None:
    here(*SOURCE, "-o", "x.parquet", "en", "fr")
    assert json.loads(pq.read_metadata(small / "x.parquet").metadata[b"xlt"])["step"] == "extract-pairs"
