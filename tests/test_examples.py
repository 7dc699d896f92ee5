"""The examples run as they stand, also when they are started again."""

import gzip
import json
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import ROOT
from tests.warm import Program
from xlt.corpora.manifests import load_manifest
from xlt.corpora.resources import resource_folder

SCRIPTS = sorted((ROOT / "examples").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_the_shell_can_parse_it(script: Path) -> None:
    shell = shutil.which("dash") or "sh"
    result = subprocess.run([shell, "-n", script], capture_output=True, encoding="utf-8", check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_quickstart_ends_in_words_and_goes_on_when_started_again(program: Program, tmp_path: Path) -> None:
    environment = program.environment(TARGETS="qab", SENTENCES="150", EPOCHS="1")
    said = []
    for _ in range(2):
        result = subprocess.run(
            ["sh", ROOT / "examples" / "quickstart.sh", "out"],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        said.append(result)
    first, second = ("\n".join(line for line in s.stdout.splitlines() if "%" in line) for s in said)
    assert first == second
    assert "In words: without realignment" in first
    assert said[1].stderr.count("is finished already") == 5


def test_the_encoder_out_of_named_text(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The files lie in the cache by hand: TED talks unpacked there would be an archive, so that a manifest of their name
    # says that they are plain.
    monkeypatch.setenv("XLT_CACHE", str(tmp_path / "cache"))
    ntrex, muse = (resource_folder(load_manifest(name)) for name in ("ntrex128", "muse"))
    sides = {"en": "the cat sleeps\na black cat\n" * 40, "fr": "le chat dort\nun chat noir\n" * 40}
    folder = tmp_path / "manifests"
    for path in (folder, ntrex, muse, tmp_path / "cache" / "ted2020" / "v1"):
        path.mkdir(parents=True)
    text = load_manifest("ted2020").path.read_text(encoding="utf-8")
    source = text[text.index("[source]") : text.index("[splits]")]
    by_hand = '[source]\nmanual = "by hand"\nfiles = "{lang}.txt"\n'
    (folder / "ted2020.toml").write_text(text.replace(source, by_hand), encoding="utf-8")
    for lang, name in (("en", "src.eng"), ("fr", "ref.fra")):
        (ntrex / f"newstest2019-{name}.txt").write_text(sides[lang], encoding="utf-8")
        (tmp_path / "cache" / "ted2020" / "v1" / f"{lang}.txt").write_text(sides[lang], encoding="utf-8")
    (muse / "en-fr.txt").write_text("cat chat\nblack noir\nsleeps dort\n", encoding="utf-8")
    (muse / "fr-en.txt").write_text("chat cat\n", encoding="utf-8")
    environment = program.environment(
        LANGS="fr", LINES="50", VOCAB="50", EPOCHS="1", XLT_CACHE=str(tmp_path / "cache"), XLT_MANIFESTS=str(folder),
        XLT_OFFLINE="1",
    )  # fmt: skip
    result = subprocess.run(
        ["sh", ROOT / "examples" / "encoder.sh", "out"],
        cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "text.en").read_text(encoding="utf-8").count("\n") == 50
    rows = pq.read_table(tmp_path / "out" / "scores.parquet").to_pylist()
    assert {(row["src_lang"], row["tgt_lang"], row["n"]) for row in rows} == {("en", "fr", 160)}
    assert max(row["layer"] for row in rows) == 4


# Subject and verb: a sentence each, in three languages of one word order.
NOUNS = [("cat", "gato", "chat"), ("dog", "perro", "chien"), ("bird", "pájaro", "oiseau"), ("fish", "pez", "poisson")]
VERBS = [("sleeps", "duerme", "dort"), ("eats", "come", "mange"), ("sings", "canta", "chante")]
SIDES = {
    lang: [(["the", "el", "le"][i], noun[i], verb[i]) for noun, verb in product(NOUNS, VERBS)]
    for i, lang in enumerate(("en", "es", "fr"))
}


TAGS = ("DET", "NOUN", "VERB")
EMPTY = "\t_" * 6


def _words(lang: str) -> list[str]:
    return [word for sentence in SIDES[lang] for word in sentence]


def _retrieval_data(folder: Path) -> Path:
    """What examples/retrieval.sh reads: Bibles, gold links of en-es, news of en-fr, treebanks, dictionaries, topics."""
    bible, news, gold = (
        folder / "parallel" / "bible",
        folder / "parallel" / "ntrex128",
        folder / "word_alignment" / "xl_wa",
    )
    muse = folder / "dictionaries" / "muse"
    for path in (bible, news, gold, muse):
        path.mkdir(parents=True)
    for lang, name in (("en", "English"), ("es", "Spanish"), ("fr", "French")):
        sentences = SIDES[lang]
        verses = [f"b.GEN.1.{i}\t{' '.join(s)}\n" for i, s in enumerate(sentences * 3)]
        (bible / f"{lang}.tsv.gz").write_bytes(gzip.compress("".join(verses).encode()))
        topics = folder / "sib200" / lang
        topics.mkdir(parents=True)
        for part, place in (("train", slice(8)), ("dev", slice(8, 10)), ("test", slice(10, 12))):
            lines = [f"{i}\tanimals\t{' '.join(s)}\n" for i, s in list(enumerate(sentences))[place]]
            (topics / f"{part}.tsv").write_text("index_id\tcategory\ttext\n" + "".join(lines), encoding="utf-8")
        # The test part begins at the word 5,001.
        entries = [
            *(f"w{i} v{i}" for i in range(5000)),
            *map(" ".join, set(zip(_words("en"), _words(lang), strict=True))),
        ]
        (muse / f"en-{lang}.txt").write_text("\n".join(entries) + "\n", encoding="utf-8")
        treebank = folder / "ud" / f"UD_{name}-PUD"
        treebank.mkdir(parents=True)
        words = [
            "".join(f"{n}\t{word}\t_\t{tag}{EMPTY}\n" for n, (word, tag) in enumerate(zip(s, TAGS, strict=True), 1))
            for s in sentences
        ]
        text = "".join(f"# sent_id = {i}\n1-2\tx\t_\t_{EMPTY}\n{w}\n" for i, w in enumerate(words))
        (treebank / f"{lang}_pud-ud-test.conllu.gz").write_bytes(gzip.compress(text.encode()))
    # A word that no verse has, so that a pair is left where those of training are left out.
    rows = [
        "fr\ten",
        "le cheval dort\tthe horse sleeps",
        *(f"{' '.join(fr)}\t{' '.join(en)}" for en, fr in zip(SIDES["en"], SIDES["fr"], strict=True)),
    ]
    (news / "ntrex128.tsv.gz").write_bytes(gzip.compress(("\n".join(rows) + "\n").encode()))
    for part, place in (("dev", slice(2)), ("test", slice(2, 6))):
        pairs = zip(SIDES["en"][place], SIDES["es"][place], strict=True)
        text = "the horse sleeps\tel caballo duerme\t0-0 1-1 2-2\n"
        text += "".join(f"{' '.join(en)}\t{' '.join(es)}\t0-0 1-1 2-2\n" for en, es in pairs)
        (gold / f"en-es.{part}.tsv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_retrieval_before_and_after_realignment(program: Program, model: str, tmp_path: Path) -> None:
    data = _retrieval_data(tmp_path / "data")
    (tmp_path / "groups.csv").write_text("src_lang,tgt_lang,group\nen,es,A\nen,fr,A\nes,fr,B\n", encoding="utf-8")
    environment = program.environment(
        TARGETS="es fr", STEPS="2", SENTENCES="8", DTYPE="float32", GROUPS_FILE="groups.csv"
    )  # fmt: skip
    result = subprocess.run(
        ["sh", ROOT / "examples" / "retrieval.sh", data, model, "out"],
        cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    printed = result.stdout[result.stdout.index("Words in context") :]
    out = tmp_path / "out"
    assert "awk" not in result.stderr, result.stderr
    assert printed == (out / "tables.md").read_text(encoding="utf-8")
    assert (out / "ranks.svg").exists()
    context, _, tags, ranks, sentences, _ = (part.split("\n\n")[0] for part in printed.split(":\n\n")[1:])
    assert context.splitlines()[0] == "| system | layer | es | fr | mean |"

    def values(name: str, **where: object) -> dict[tuple[str, str], float]:
        rows = [json.loads(line) for line in (out / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        where = {"direction": "mean", "depth": -1, **where}
        return {(r["src_lang"], r["tgt_lang"]): r["value"] for r in rows if all(r[k] == v for k, v in where.items())}

    last = values("corpus-realigned")
    es, fr = last["en", "es"], last["en", "fr"]
    assert context.splitlines()[-1].endswith(f"| {100 * es:.1f} | {100 * fr:.1f} | {50 * (es + fr):.1f} |")
    assert {"| base | open | NOUN ", "| realigned | closed | DET "} <= {
        "|".join(line.split("|")[:4]) for line in tags.splitlines()
    }
    assert ranks.startswith("| system | from | es | fr | mean |\n")
    among = values("sentences-base", measure="accuracy@5")
    a, b = (among["en", "es"] + among["en", "fr"]) / 2, among["es", "fr"]
    row = [line for line in sentences.splitlines() if line.startswith("| base | accuracy@5 |")][-1]
    assert row.endswith(f"| {100 * a:.1f} | {100 * b:.1f} | {50 * (a + b):.1f} |")
