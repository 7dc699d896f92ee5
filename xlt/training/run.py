"""What every training step does around the loop: refuse or resume, train, write a plain checkpoint folder."""

import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xlt.errors import FailedRunError, XltError
from xlt.files.atomic import check_output, output_folder
from xlt.files.leftovers import sweep
from xlt.files.provenance import Record, content_id, read_folder_record, write_folder_record
from xlt.files.shown import Shown
from xlt.files.stamps import file_stamps
from xlt.training.loop import Finished, Hooks, LoopOptions, Term, train
from xlt.training.parallel import Processes
from xlt.training.store import INPUT, Store

PACKAGES = ("numpy", "pyarrow", "torch", "transformers", "tokenizers")
_LOG = "log.jsonl"


@dataclass(frozen=True)
class Trained(Shown):
    """A finished run.

    Attributes:
        output: the checkpoint folder.
        summary: counts and figures for people.
        already: it was there before, made by the same command; nothing was done.
    """

    output: Path
    summary: dict[str, Any]
    already: bool = False


@dataclass(frozen=True)
class Output:
    """Where a run writes, and whether it may replace or continue what is there."""

    path: Path
    resume: bool = False
    force: bool = False

    def check(self, model: str | None = None) -> None:
        """Refuse before the work starts; a finished output may stay where a resume would make the same.

        Args:
            model: what is trained, where it is a folder: the output must not take its place.

        Raises:
            XltError: see :func:`xlt.files.atomic.check_output`; or the output is the input, a file, or what a step of
                another kind wrote.
        """
        if str(self.path) == "-":
            raise XltError("-o -: a checkpoint is a folder; name one")
        if model is not None and Path(model).is_dir():
            source, target = Path(model).resolve(), self.path.resolve()
            if source == target or source in target.parents:
                raise XltError(f"-o {self.path} is the model that is trained, or inside it; name another folder")
        if self.path.is_file():
            raise XltError(f"-o {self.path} is a file; a checkpoint is a folder")
        record = read_folder_record(self.path)
        if record is not None and "recipe" not in record:
            raise XltError(
                f"-o {self.path} was written by 'xlt {record.get('step')}' and is no checkpoint; name another folder"
            )
        if not (self.resume and record):
            check_output(self.path, self.force)

    def finished(self, record: Record) -> bool:
        """Whether the output is there already, made from the same inputs with the same options.

        Raises:
            XltError: it is there, but was made with others, and ``force`` was not given.
        """
        there = read_folder_record(self.path) if self.resume else None
        if there is None or (self.force and definition(there) != definition(record)):
            return False
        if definition(there) != definition(record):
            raise XltError(
                f"--resume: {self.path} is finished, but was made with other options or inputs ('xlt show {self.path}' "
                "tells); name another -o, or --force to replace it"
            )
        # What a kill right before the end left beside it.
        self.store.remove()
        sweep(self.path.parent)
        return True

    def kept(self, step: int) -> Path:
        """Where the model of a step is kept besides."""
        return self.path.with_name(f"{self.path.name}-step{step}")

    @property
    def store(self) -> Store:
        """Where the unfinished run lies."""
        return Store(self.path.with_name(self.path.name + ".training"))


def definition(record: Record) -> dict[str, Any]:
    """What makes the weights, each fact under its name: two runs with the same definition give the same."""
    facts: dict[str, Any] = {"step": record.get("step"), "seed": record.get("seed")}
    for name, value in (record.get("params") or {}).items():
        facts |= {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    for n, item in enumerate(record.get("inputs") or [], 1):
        what = f"{INPUT}{n} ({item['role']})"
        # The same pairs made anew are the same data, though time and command stand in the file.
        pairs = item["role"] == "pairs"
        facts[what] = content_id(item.get("record"), item.get("sha256")) if pairs else item.get("sha256")
        if item.get("tokenizer_sha256"):
            facts[f"{what} tokenizer"] = item["tokenizer_sha256"]
    return facts


def _settled(record: Record, options: LoopOptions, world: Processes) -> dict[str, Any]:
    # Beside the definition what an unfinished run must not change half-way: defaults of another version, processes.
    optimizer = {f"optimizer.{name}": value for name, value in asdict(options.optimizer).items()}
    return definition(record) | optimizer | {"processes": world.size, "xlt": record["xlt"]}


def run(
    model: Any,
    terms: Sequence[Term],
    options: LoopOptions,
    output: Output,
    record: Record,
    world: Processes,
    write: Callable[[Path], None],
    hooks: Hooks = Hooks(),
    *,
    head: Collection[str] = (),
) -> Finished:
    """Train and write the checkpoint folder, with its log and record.

    Args:
        model: what is trained.
        terms: see :func:`xlt.training.loop.train`.
        options: see :func:`xlt.training.loop.train`.
        output: where to.
        record: the provenance of the output; the summary is added by the caller before ``write`` ends.
        world: processes that train together.
        write: writes model and tokenizer into a folder.
        hooks: what is called between steps; every ``keep_steps`` the model is written to ``OUTPUT-stepN`` besides.
        head: see :func:`xlt.training.loop.train`.
    """
    store = output.store
    with store.locked() if world.first else nullcontext():
        if world.first:
            every = hooks.keep_steps
            for step in range(every, options.steps + 1, every) if every else ():
                check_output(output.kept(step), output.force or output.resume)
            store.open(_settled(record, options, world), resume=output.resume, force=output.force)
        world.wait()

        def keep(step: int) -> None:
            # After a resume it may be there already: the same steps gave the same weights.
            _write_folder(output.kept(step), record | {"kept_step": step}, store, write, output.force or output.resume)

        try:
            finished = train(model, terms, options, store, world, replace(hooks, keep=keep), head=head)
        except XltError as error:
            # Options that cannot be: the next try, with others, is no resume.
            if world.first and not store.saved and not isinstance(error, FailedRunError):
                store.remove()
            raise
        if world.first:
            _write_folder(output.path, record | {"training": _facts(finished, world)}, store, write, output.force)
            store.remove()
        world.wait()
        return finished


def _facts(finished: Finished, world: Processes) -> dict[str, Any]:
    return {
        "best_step": finished.best_step,
        "best_value": finished.best_value,
        "resumed_from": finished.resumed_from,
        "processes": world.size,
    }


def _write_folder(path: Path, record: Record, store: Store, write: Callable[[Path], None], force: bool) -> None:
    with output_folder(path, force) as folder:
        write(folder)
        if store.log.is_file():
            shutil.copyfile(store.log, folder / _LOG)
        stamped = record | {"files": file_stamps(sorted(p for p in folder.iterdir() if p.is_file()))}
        write_folder_record(folder, stamped)
