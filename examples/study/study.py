"""What a study's TOML file says: the grid, the options of each `xlt` call, the faults in it. Knows no engine."""

import math
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from xlt.alignment.options import AlignScoreOptions
from xlt.losses.options import LOSSES
from xlt.pairs.options import ALIGNERS
from xlt.tasks.kinds import TASKS
from xlt.training.options import FinetuneOptions, PretrainOptions

Table = dict[str, Any]

HOW = ("none", "before", "joint")

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_AXES = ("models", "tasks", "methods", "corpora", "aligners")
_GRID = ("source", "targets", "seeds", "keep_models", *_AXES)
_COMMANDS = ("pretrain", "extract", "realign", "finetune", "eval", "score")
_NAMED = ("model", "task", "method", "corpus", "aligner", "correlate")
_SECTIONS = ("grid", "world", "scoring", "report", "resources", *_COMMANDS, *_NAMED)
_INSIDE = {
    "model": ("name", "methods", "pretrain", "realign", "finetune", "eval", "score", "resources"),
    "task": ("task", "finetune", "eval"),
    "method": ("how", "realign", "finetune"),
}
_RESOURCES = ("gpu", "threads", "mem_mb", "runtime")
_OURS = ("output", "force", "resume", "seed", "task", "joint", "tag", "dry-run")
"""Options that the workflow gives by itself."""

DEFAULTS: dict[str, Table] = {
    "pretrain": {"epochs": PretrainOptions.epochs},
    "finetune": {"epochs": FinetuneOptions.epochs, "batch-size": FinetuneOptions.batch_size},
    "align-score": {"n-pairs": AlignScoreOptions.n_pairs},
}
"""What `xlt` takes where a file is silent, as far as a cost depends on it."""


class StudyError(Exception):
    """A fault in the file: one line that says what and where."""


@dataclass(frozen=True)
class Run:
    """One fine-tuned model. Corpus and aligner are empty without realignment."""

    model: str
    task: str
    method: str
    corpus: str
    aligner: str
    seed: int

    @property
    def name(self) -> str:
        """Folder of the model and stem of its tables."""
        return ".".join(filter(None, (self.model, self.task, self.method, self.corpus, self.aligner, str(self.seed))))

    @property
    def tags(self) -> str:
        """Options that keep what no recipe tells."""
        found = {"method": self.method, "corpus": self.corpus, "aligner": self.aligner}
        return " ".join(f"--tag {key}={value}" for key, value in found.items() if value)


@dataclass(frozen=True)
class Study:
    """A study, checked."""

    where: str
    table: Table

    @property
    def grid(self) -> Table:
        """The axes."""
        return self._at("grid")

    @property
    def source(self) -> str:
        """The language that tasks are learned in."""
        return str(self.grid["source"])

    @property
    def targets(self) -> list[str]:
        """The languages that tasks are tried on."""
        return list(self.grid["targets"])

    @property
    def languages(self) -> list[str]:
        """All of them, the source first."""
        return [self.source, *self.targets]

    @property
    def world(self) -> bool:
        """Whether the languages are constructed first."""
        return "world" in self.table

    @cached_property
    def runs(self) -> dict[str, Run]:
        """All fine-tuned models by name."""
        return {run.name: run for run in self._runs()}

    def pretrained(self) -> list[str]:
        """Models that the study trains from nothing."""
        return [m for m in self.grid["models"] if "pretrain" in self._at("model", m)]

    def model(self, name: str) -> str:
        """The model as it is called on the command line."""
        table = self._at("model", name)
        return f"encoders/{name}" if "pretrain" in table else str(table.get("name", name))

    def how(self, method: str) -> str:
        """When a method realigns: none, before, joint."""
        return str(self._at("method", method).get("how", method))

    def pairs(self, run: Run) -> list[str]:
        """The pairs tables that a run is realigned on."""
        return [f"pairs/{run.corpus}/{run.aligner}/{t}.parquet" for t in self.targets] if run.corpus else []

    def pair_sets(self) -> list[tuple[str, str]]:
        """Corpora and aligners that are needed."""
        return list(dict.fromkeys((r.corpus, r.aligner) for r in self.runs.values() if r.corpus))

    def steps_known(self, run: Run) -> bool:
        """Whether the file itself says how long realignment takes."""
        return "steps" in self.realign_table(run)

    # The words of the calls.

    def world_options(self) -> str:
        """Options of `xlt lab languages`."""
        return flags({"languages": len(self.languages), **self._at("world")})

    def text(self) -> list[str]:
        """What encoders are pretrained on."""
        template = str(self._at("pretrain").get("text", "world/text/{lang}.train.txt"))
        return [template.replace("{lang}", lang) for lang in self.languages]

    def pretrain_table(self, model: str) -> Table:
        """Options of `xlt pretrain`."""
        options = self._at("pretrain") | self._at("model", model, "pretrain")
        return {k: v for k, v in options.items() if k != "text"}

    def pretrain_options(self, model: str) -> str:
        """The same as words."""
        return flags(self.pretrain_table(model))

    def extract_table(self, corpus: str, aligner: str) -> Table:
        """Options of `xlt extract-pairs` for realignment."""
        own: Table = {"corpus": corpus} | self._at("corpus", corpus)
        if aligner in ALIGNERS:
            own |= {"aligner": aligner}
        found = self._at("extract") | own | self._at("aligner", aligner)
        if found.get("model") in self.grid["models"]:
            found["model"] = self.model(found["model"])
        return found

    def extract_gpu(self, corpus: str, aligner: str) -> int:
        """GPUs that `xlt extract-pairs` needs: for an encoder, and for FastAlign, which takes one that is there."""
        found = self.extract_table(corpus, aligner)
        computes = "model" in found or hasattr(ALIGNERS.get(found.get("aligner", "")), "device")
        return self.resource("gpu") if computes and found.get("device") != "cpu" else 0

    def scoring_options(self) -> str:
        """Options of `xlt extract-pairs` for the pairs that are scored."""
        return flags(self._at("extract") | self._at("scoring"))

    def realign_table(self, run: Run) -> Table:
        """Options of `xlt realign` but for the seed."""
        found = self._at("realign")
        for path in (("model", run.model), ("method", run.method)):
            found |= self._at(*path, "realign")
        return found

    def realign_options(self, run: Run) -> str:
        """The same as words, with the seed."""
        return flags({"seed": run.seed} | self.realign_table(run))

    def pairs_of_step(self, table: Table, option: str) -> int:
        """Sentence pairs that an optimiser step realigns: those of the option, else those that the loss takes."""
        name = table.get("loss", next(iter(LOSSES)))
        if name not in LOSSES:
            raise StudyError(f"{self.where}: unknown loss {name!r}; xlt knows {', '.join(LOSSES)}")
        return int(table.get(option, LOSSES[name].pairs_in_batch(len(self.targets))))

    def finetune_table(self, run: Run) -> Table:
        """Options of `xlt finetune`; those of joint training stand in the table of a method that has it."""
        found = self._at("finetune")
        for path in (("model", run.model), ("task", run.task), ("method", run.method)):
            found |= self._at(*path, "finetune")
        return {"task": self._at("task", run.task).get("task", run.task)} | found

    def finetune_options(self, run: Run) -> str:
        """The same as words."""
        return flags(self.finetune_table(run))

    def eval_options(self, run: Run) -> str:
        """Options of `xlt eval`."""
        found = self._at("eval")
        return flags(found | self._at("model", run.model, "eval") | self._at("task", run.task, "eval"))

    def score_table(self, model: str) -> Table:
        """Options of `xlt align-score`."""
        return self._at("score") | self._at("model", model, "score")

    def score_options(self, model: str) -> str:
        """The same as words."""
        return flags(self.score_table(model))

    def correlations(self) -> list[str]:
        """Names of the tables of correlations."""
        return list(self._at("correlate")) or ["correlations"]

    def correlate_options(self, name: str) -> str:
        """Options of `xlt correlate`."""
        return flags(self._at("correlate", name))

    def report_tables(self) -> list[str]:
        """The tables of correlations that the report shows, the first unless told otherwise."""
        return list(self._at("report").get("tables", self.correlations()[:1]))

    def report_options(self) -> str:
        """Options of `xlt report html`."""
        return flags({k: v for k, v in self._at("report").items() if k != "tables"})

    def resource(self, name: str, model: str | None = None) -> int:
        """What a call that runs an encoder needs."""
        own = self._at("model", model, "resources") if model else {}
        default = {"gpu": 0, "threads": 1, "mem_mb": 4000, "runtime": 240}
        return int((default | self._at("resources") | own)[name])

    def jobs(self, report: bool = True) -> dict[str, int]:
        """Jobs by rule, as a dry run of the workflow in an empty folder counts them."""
        runs = list(self.runs.values())
        before = [r for r in runs if self.how(r.method) == "before"]
        found = {
            "world": int(self.world),
            "pretrain": len(self.pretrained()),
            "pairs": len(self.pair_sets()) * len(self.targets),
            "scoring_pairs": len(self.targets),
            "scores_before": len(self.grid["models"]),
            "steps": len({(r.model, r.task, r.method) for r in before if not self.steps_known(r)}),
            "realign": len(before),
            "finetune": len(runs),
            "evaluate": len(runs),
            "scores_after": len(runs),
            "correlate": len(self.correlations()),
            "report": int(report),
            "all": 1,
        }
        return {rule: count for rule, count in found.items() if count}

    def _runs(self) -> Iterator[Run]:
        for model in self.grid["models"]:
            for task in self.grid["tasks"]:
                for method in self._at("model", model).get("methods") or self.grid["methods"]:
                    some = self.how(method) != "none"
                    for corpus in self.grid["corpora"] if some else [""]:
                        for aligner in self.grid["aligners"] if some else [""]:
                            for seed in self.grid["seeds"]:
                                yield Run(model, task, method, corpus, aligner, seed)

    def _at(self, *path: str) -> Table:
        found: Any = self.table
        for name in path:
            found = found.get(name, {})
        return dict(found)


def flags(options: Mapping[str, Any]) -> str:
    """Options as the words of a command: true is a bare flag, false none, a list repeats the flag."""
    words: list[str] = []
    for name, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not False:
                words += [f"--{name}"] if item is True else [f"--{name}", str(item)]
    return shlex.join(words)


def read(path: str | Path, changes: Mapping[str, Any] | None = None, *, beside: Path | None = None) -> Study:
    """Read and check a study.

    Args:
        path: the TOML file; a relative one is looked for here, then in ``beside``.
        changes: tables laid over those of the file, their numbers as numbers or as text (a command line has no other).
        beside: the folder of the studies that come with the workflow.

    Raises:
        StudyError: what is wrong with it.
    """
    here = Path(path)
    if not here.is_file() and beside is not None and (beside / path).is_file():
        here = beside / path
    try:
        table = tomllib.loads(here.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        tried = f"{Path.cwd()}" + (f" and {beside}" if beside else "")
        raise StudyError(f"{path}: no such file in {tried}; give the whole path") from error
    except (OSError, ValueError, RecursionError) as error:
        raise StudyError(f"{path}: {error}") from error
    study = Study(str(path), _over(table, _typed(changes or {})))
    _check(study)
    return study


def steps_of(examples: int, table: Mapping[str, Any]) -> int:
    """Optimiser steps of a fine-tuning with these options."""
    found = DEFAULTS["finetune"] | dict(table)
    return math.ceil(examples / int(found["batch-size"])) * int(found["epochs"])


def _typed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _typed(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    for kind in (int, float) if isinstance(value, str) else ():
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return found


def _check(study: Study) -> None:
    table, where = study.table, study.where
    _known(table, _SECTIONS, where, "table")
    for section, value in table.items():
        if not isinstance(value, dict):
            raise StudyError(f"{where}: {section} must be a table, [{section}]")
    _known(table.get("grid", {}), _GRID, f"{where}: [grid]", "key")
    _check_grid(study)
    for section in _NAMED:
        for name, inside in table.get(section, {}).items():
            if not isinstance(inside, dict):
                raise StudyError(f"{where}: {section}.{name} must be a table, [{section}.{name}]")
            if section in _INSIDE:
                _known(inside, _INSIDE[section], f"{where}: [{section}.{name}]", "key")
    for path, options in _option_tables(table):
        _check_options(where, path, options)
    _check_names(study)


def _check_grid(study: Study) -> None:
    where, grid = f"{study.where}: [grid]", study.table.get("grid", {})
    needed = ["source", "targets", "models", "tasks", "methods", "seeds"]
    for key in needed:
        if key not in grid:
            raise StudyError(f"{where} has no {key}; it needs {', '.join(needed)}")
    for key in ("source", "targets", "seeds", *_AXES):
        value = grid.setdefault(key, [])
        value = [value] if key == "source" else value
        if not isinstance(value, list) or (key in needed and not value):
            raise StudyError(f"{where} {key} must be a list of one or more, not {value!r}")
        if len({str(v) for v in value}) != len(value):
            raise StudyError(f"{where} {key} names something twice: {value!r}")
        kind: type = int if key == "seeds" else str
        if wrong := [v for v in value if not isinstance(v, kind) or isinstance(v, bool)]:
            raise StudyError(f"{where} {key}: {wrong[0]!r} is no {'whole number' if kind is int else 'name in quotes'}")
        if wrong := [v for v in value if kind is str and not _NAME.fullmatch(v)]:
            raise StudyError(
                f"{where} {key}: {wrong[0]!r} becomes a part of file names; use letters, digits, - and _, and say in a "
                "table of that name what it is"
            )
    if grid["source"] in grid["targets"]:
        raise StudyError(f"{where} {grid['source']} is the source and a target")
    if not isinstance(grid.get("keep_models", True), bool):
        raise StudyError(f"{where} keep_models must be true or false, not {grid['keep_models']!r}")


def _check_names(study: Study) -> None:
    where, table, grid = study.where, study.table, study.grid
    for task in grid["tasks"]:
        kind = table.get("task", {}).get(task, {}).get("task", task)
        if kind not in TASKS:
            raise StudyError(f"{where}: unknown task {kind!r}; xlt knows {', '.join(TASKS)}")
    methods = [*grid["methods"]]
    for model in grid["models"]:
        own = table.get("model", {}).get(model)
        if own is None:
            raise StudyError(f"{where}: no [model.{model}]; say name = a hub name or folder, or pretrain = its options")
        if ("name" in own) == ("pretrain" in own):
            raise StudyError(f"{where}: [model.{model}] needs one of name and pretrain")
        if not isinstance(own.get("methods", []), list) or not all(isinstance(m, str) for m in own.get("methods", [])):
            raise StudyError(f"{where}: [model.{model}] methods must be a list of names")
        methods += own.get("methods", [])
    for method in methods:
        how = table.get("method", {}).get(method, {}).get("how", method)
        if how not in HOW:
            raise StudyError(
                f"{where}: method {method!r} is none of {', '.join(HOW)}; [method.{method}] how says which"
            )
    some = [m for m in methods if study.how(m) != "none"]
    for axis, one in (("corpora", "corpus"), ("aligners", "aligner")):
        if some and not grid[axis]:
            raise StudyError(f"{where}: method {some[0]!r} realigns: [grid] needs {axis}")
        if axis == "aligners":
            for name in grid[axis]:
                if name not in ALIGNERS and name not in table.get(one, {}):
                    raise StudyError(f"{where}: unknown aligner {name!r}; xlt knows {', '.join(ALIGNERS)}")
    if unknown := [t for t in study.report_tables() if t not in study.correlations()]:
        raise StudyError(f"{where}: [report] tables: there is no [correlate.{unknown[0]}]")
    if "scoring" not in table:
        raise StudyError(
            f"{where}: no [scoring]: options of extract-pairs for the pairs that are scored, corpus above all"
        )


def _option_tables(table: Table) -> Iterator[tuple[str, Any]]:
    for section in ("world", "scoring", "report", *_COMMANDS):
        yield section, table.get(section, {})
    for section in _NAMED:
        for name, inside in table.get(section, {}).items():
            if section not in _INSIDE:
                yield f"{section}.{name}", inside
            for command in _COMMANDS:
                if section in _INSIDE and command in inside:
                    yield f"{section}.{name}.{command}", inside[command]
    for path, inside in (
        ("resources", table.get("resources", {})),
        *((f"model.{n}.resources", m.get("resources", {})) for n, m in table.get("model", {}).items()),
    ):
        yield path, inside


def _check_options(where: str, path: str, options: Any) -> None:
    if not isinstance(options, dict):
        raise StudyError(f"{where}: {path} must be a table of options")
    if path.endswith("resources"):
        _known(options, _RESOURCES, f"{where}: [{path}]", "key")
        if wrong := [k for k, v in options.items() if not isinstance(v, int) or isinstance(v, bool) or v < 0]:
            raise StudyError(f"{where}: [{path}] {wrong[0]} must be a whole number, not {options[wrong[0]]!r}")
        return
    seeded = ("world", "scoring", "extract", "pretrain", "corpus", "aligner", "correlate", "score", "eval")
    for name, value in options.items():
        if name in _OURS and not (name == "seed" and path.split(".")[-1 if path.startswith("model") else 0] in seeded):
            raise StudyError(f"{where}: [{path}] {name} is given by the workflow; take it out")
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(v, str | int | float | bool) for v in items):
            raise StudyError(f"{where}: [{path}] {name} must be a text, a number, true, false or a list of these")


def _known(found: Mapping[str, Any], known: Sequence[str], where: str, what: str) -> None:
    for name in found:
        if name not in known:
            raise StudyError(f"{where}: unknown {what} {name!r}; known are {', '.join(known)}")
