"""What is damaged, and the commands that read it."""

import itertools
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.checkpoints import make_checkpoint
from tests.fuzz.mutants import Mutate, of_array, of_bytes, of_json, of_jsonl, of_lines, of_table, of_toml
from tests.pins.inputs import make_inputs, make_world


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A file and what is done with it.

    Attributes:
        kind: of files that are read alike.
        file: its name among the sound inputs.
        mutates: ways to damage it.
        commands: command lines that read it; outputs begin with ``out``.
    """

    kind: str
    file: str
    mutates: tuple[Mutate, ...]
    commands: tuple[str, ...]


_LINES, _TABLE, _JSON, _JSONL = (of_lines, of_lines, of_bytes), (of_table,) * 9 + (of_bytes,), (of_json,), (of_jsonl,)
_EXTRACT = "extract-pairs en fr --corpus corpus.tsv -o out.parquet"
_SCORE = "align-score encoder dict.parquet --layers -1 --device cpu -o out.csv"
_TINY = "--vocab-size 60 --num-layers 1 --hidden-size 16 --num-heads 2 --steps 1 --device cpu -o out"
_TAGS = (
    "finetune encoder en --task pos --data {lang}.{split}.FORM --epochs 1 --limit 4 --dry-run",
    "eval still en --data {lang}.{split}.FORM --split test --limit 3 --resamples 0 --device cpu -o out.csv",
)
_STUDY = "wide.scores.parquet wide.results.parquet"
_CORRELATE = f"correlate {_STUDY} --by stage,direction,depth --across recipe,scored --resamples 20"
_ALL_TABLES = ("report html FILE -o out.html", "show FILE")


def _tags(form: str) -> tuple[str, ...]:
    return tuple(line.replace("FORM", form) for line in _TAGS)


SUBJECTS: tuple[Subject, ...] = (
    Subject(kind="pairs", file="dict.parquet", mutates=_TABLE, commands=(
        _SCORE, "embed encoder dict.parquet --layers -1 --device cpu -o out", "show dict.parquet",
        "aer gold dict.parquet --resamples 0", "realign encoder dict.parquet --steps 1 --device cpu -o out",
        "align-score encoder dict.parquet --unique-types --strength strong --layers -1 --device cpu -o out.jsonl",
        f"pretrain text.en --tlm dict.parquet {_TINY}",
    )),
    Subject(kind="dictionary", file="dictionary.txt", mutates=_LINES, commands=(
        f"{_EXTRACT} --dict dictionary.txt", f"{_EXTRACT} --dict dictionary.txt --lowercase --dict-split train",
    )),
    Subject(kind="corpus", file="corpus.tsv", mutates=_LINES, commands=(
        f"{_EXTRACT} --dict dictionary.txt", f"{_EXTRACT} --aligner fastalign --save-priors out.priors.parquet",
        f"{_EXTRACT} --dict dictionary.txt --hold-out 5 --pretokenized", f"{_EXTRACT} --links links --pretokenized",
    )),
    Subject(kind="Moses", file="text.en", mutates=_LINES, commands=(
        "extract-pairs en fr --corpus text --dict dictionary.txt -o out.parquet",
        f"pretrain text.en text.fr {_TINY}",
    )),
    Subject(kind="links", file="links", mutates=_LINES, commands=(
        f"{_EXTRACT} --links links --pretokenized", "aer gold links --resamples 0",
    )),
    Subject(kind="gold", file="gold", mutates=_LINES, commands=("aer gold links --resamples 0 --json",)),
    Subject(kind="gold", file="gold.rows", mutates=_LINES, commands=(
        "aer gold.rows links --resamples 0", "aer gold.rows dict.parquet --resamples 0")),
    Subject(kind="gold", file="gold.tsv", mutates=_LINES, commands=("aer gold.tsv links --resamples 0",)),
    Subject(kind="tags", file="en.test.pos", mutates=_LINES, commands=_tags("pos")[1:]),
    Subject(kind="tags", file="en.train.ner", mutates=_LINES, commands=(
        "finetune encoder en --task ner --data {lang}.{split}.ner --epochs 1 --limit 4 --dry-run",)),
    Subject(kind="CoNLL-U", file="en.train.conllu", mutates=_LINES, commands=_tags("conllu")[:1]),
    Subject(kind="tagged JSON lines", file="en.test.jsonl", mutates=(*_JSONL, of_lines), commands=_tags("jsonl")[1:]),
    Subject(kind="tagged Parquet", file="en.test.parquet", mutates=_TABLE, commands=_tags("parquet")[1:]),
    Subject(kind="inferences", file="en.train.nli", mutates=_LINES, commands=(
        "finetune encoder en --task nli --data {lang}.{split}.nli --epochs 1 --limit 4 --dry-run",)),
    Subject(kind="texts", file="en.train.topic", mutates=_LINES, commands=(
        "finetune encoder en --task topic --data {lang}.{split}.topic --epochs 1 --limit 4 --dry-run",)),
    Subject(kind="manifest", file="manifests/own.toml", mutates=(of_toml,), commands=(
        "data list", "data show own", "data path own en fr",
        "extract-pairs en fr --corpus own -o out.parquet --dict dictionary.txt")),
    Subject(kind="world", file="smaller.toml", mutates=(of_toml,), commands=(
        "lab languages --world smaller.toml -o out",)),
    Subject(kind="configuration", file="encoder/config.json", mutates=_JSON, commands=(_SCORE, "show encoder")),
    Subject(kind="configuration", file="still/config.json", mutates=_JSON, commands=_tags("pos")[1:]),
    Subject(kind="tokenizer", file="encoder/tokenizer.json", mutates=_JSON, commands=(_SCORE,)),
    Subject(kind="tokenizer", file="encoder/tokenizer_config.json", mutates=_JSON, commands=(_SCORE,)),
    Subject(kind="weights", file="encoder/model.safetensors", mutates=(of_bytes,), commands=(_SCORE,)),
    Subject(kind="vectors", file="vectors/src.npy", mutates=(of_array,), commands=(
        "align-score --embeddings vectors -o out.csv", "show vectors",
        "align-score --embeddings vectors --similarity csls --csls-k 2 --center -o out.csv")),
    Subject(kind="vectors", file="embedded/words.parquet", mutates=_TABLE, commands=(
        "align-score --embeddings embedded --layers -1 -o out.csv", "show embedded",
        "align-score --embeddings embedded --layers -1 --unique-types --per-item out.items.csv -o out.csv")),
    Subject(kind="record", file="embedded/xlt.json", mutates=_JSON, commands=(
        "align-score --embeddings embedded --layers -1 -o out.csv", "show embedded")),
    Subject(kind="record", file="still/xlt.json", mutates=_JSON, commands=(
        *_tags("pos")[1:], "show still", "align-score still dict.parquet --layers -1 --device cpu -o out.csv")),
    Subject(kind="scores", file="wide.scores.parquet", mutates=_TABLE, commands=(
        f"{_CORRELATE} --points out.points.csv -o out.csv", "report change wide.scores.parquet -o out.csv",
        f"report html {_STUDY} -o out.html", "show wide.scores.parquet",
        "report figure layers wide.scores.parquet -o out.svg", f"{_CORRELATE} --difference direction=src-tgt,tgt-src",
        "correlate wide.scores.parquet --x value --y se --by direction", "report change wide.scores.parquet")),
    Subject(kind="results", file="wide.results.parquet", mutates=_TABLE, commands=(
        f"{_CORRELATE} --points out.points.csv -o out.csv", f"report html {_STUDY} --baseline baseline -o out.html",
        "report transfer wide.results.parquet --baseline baseline -o out.md",
        "report transfer wide.results.parquet --method recipe --baseline baseline",
        "report figure bars wide.results.parquet --baseline baseline -o out.svg", "show wide.results.parquet",
        "correlate wide.results.parquet --x value --y n --by lang --interval cluster:model --resamples 20")),
    *(Subject(kind="derived tables", file=name, mutates=_TABLE, commands=(
        *(line.replace("FILE", name) for line in _ALL_TABLES), *commands))
      for name, commands in (
        ("points.parquet", ("correlate points.parquet --x alignment --y ctl --by stage", "report change points.parquet",
                            "report figure transfer points.parquet -o out.svg")),
        ("correlations.parquet", ("report correlations correlations.parquet -o out.md",
                                  "report correlations correlations.parquet -o out.csv")),
        ("differences.parquet", ("report correlations differences.parquet",
                                 "report correlations differences.parquet -o out.tex")),
        ("changes.parquet", ("report figure layers changes.parquet -o out.svg",)),
        ("transfer.parquet", ("report figure bars transfer.parquet -o out.svg",)),
    )),
    Subject(kind="predictions", file="predictions.parquet", mutates=_TABLE, commands=(
        "eval --from predictions.parquet --resamples 5 -o out.csv", "show predictions.parquet")),
    Subject(kind="priors", file="priors.parquet", mutates=_TABLE, commands=(
        f"{_EXTRACT} --aligner fastalign --load-priors priors.parquet", "show priors.parquet")),
    Subject(kind="wide table", file="wide.csv", mutates=_LINES, commands=(
        "import wide wide.csv --scores out.s.csv --results out.r.csv",)),
)  # fmt: skip

_COMMANDS = (
    "extract-pairs en fr --corpus corpus.tsv --dict dictionary.txt -o dict.parquet",
    "extract-pairs en fr --corpus corpus.tsv --aligner fastalign --save-priors priors.parquet -o fast.parquet",
    "embed encoder dict.parquet --layers 0,-1 --n-pairs 20 --device cpu -o embedded",
    "finetune encoder en --task pos --data {lang}.{split}.pos --epochs 1 --limit 4 --device cpu -o still",
    "eval still en --data {lang}.{split}.pos --resamples 0 --device cpu --predictions predictions.parquet -o r.parquet",
    "import wide wide.csv",
    f"{_CORRELATE} --points points.parquet -o correlations.parquet",
    f"{_CORRELATE} --difference direction=src-tgt,tgt-src -o differences.parquet",
    "report change wide.scores.parquet -o changes.parquet",
    "report transfer wide.results.parquet --baseline baseline -o transfer.parquet",
    "lab languages --languages 2 --sentences 20 -o world",
)
_MANIFEST = """title = "A corpus"
kind = "corpus"
description = "Sentences"
homepage = "https://example.org"
licence = "free"
citation = "x"
format = "tsv"
pairs = ["en-fr"]
version = "v1"
[languages]
en = "en"
fr = "fr"
[splits]
train = "train"
dev = "dev"
[only_splits]
en-fr = ["train"]
[columns]
src = "{src}"
tgt = "{tgt}"
[source]
manual = "put it there"
files = "{pair}.{split}.tsv"
[checksums]
"""


def make_sound(folder: Path) -> Iterator[str]:
    """Write all sound inputs into an empty folder, in which the caller has to run the commands that it yields."""
    make_inputs(folder)
    make_checkpoint(folder / "encoder")
    links = [line.split() for line in (folder / "gold").read_text(encoding="utf-8").splitlines()]
    rows = [(n, *link.replace("p", "-").split("-"), "SP"["p" in link]) for n, own in enumerate(links) for link in own]
    _write(folder / "gold.rows", (" ".join(map(str, row)) for row in rows))
    text = (folder / "corpus.tsv").read_text(encoding="utf-8").splitlines()
    _write(
        folder / "gold.tsv", ("\t".join((line, *map(" ".join, [own]))) for line, own in zip(text, links, strict=True))
    )
    for split in ("train", "dev", "test"):
        sentences = [
            block.split("\n") for block in (folder / f"en.{split}.pos").read_text(encoding="utf-8").split("\n\n")
        ]
        words = [[line.split("\t") for line in sentence if line] for sentence in sentences]
        _write(folder / f"en.{split}.conllu", itertools.chain.from_iterable(map(_conllu, words)))
        tagged = [{"tokens": [w for w, _ in own], "tags": [t for _, t in own]} for own in words if own]
        _write(folder / f"en.{split}.jsonl", map(json.dumps, tagged))
        _write_parquet(folder / f"en.{split}.parquet", tagged)
    (folder / "manifests").mkdir()
    (folder / "manifests" / "own.toml").write_text(_MANIFEST, encoding="utf-8")
    (folder / "cache" / "own" / "v1").mkdir(parents=True)
    _write(folder / "cache" / "own" / "v1" / "en-fr.train.tsv", ["en\tfr", *text])
    yield from _COMMANDS
    make_world(folder / "world" / "world.toml", folder / "smaller.toml")
    shutil.rmtree(folder / "world")


def _conllu(words: list[list[str]]) -> Iterator[str]:
    for number, (word, tag) in enumerate(words, 1):
        yield "\t".join([str(number), word, "_", tag, *"______"])
    yield ""


def _write(path: Path, lines: "Iterator[str] | list[str] | map[str]") -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_parquet(path: Path, rows: list[dict[str, list[str]]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)


def chosen(draw: random.Random) -> tuple[Subject, Mutate, str]:
    """A subject by kind first, so that all kinds are met alike; a way to damage it, and a command."""
    kind = draw.choice(sorted({subject.kind for subject in SUBJECTS}))
    subject = draw.choice([s for s in SUBJECTS if s.kind == kind])
    return subject, draw.choice(subject.mutates), draw.choice(subject.commands)
