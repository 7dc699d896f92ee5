"""Where an unfinished run lies: its log, its newest checkpoint, its best weights.

A folder beside the output, ``OUTPUT.training``, so that the output itself appears whole or not at all::

    run.json           what defines the run; a resume with other options is refused
    log.jsonl          a line per logged step
    step-00000200/     weights.safetensors, optimizer.safetensors, state.json, check.json
    best-00000150/     weights.safetensors, check.json
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from xlt.errors import XltError
from xlt.files.atomic import output_file, output_folder
from xlt.files.digests import DIGESTS, LOG, STATE, check_digests, is_whole_log, write_digests
from xlt.files.json_objects import json_object
from xlt.files.leftovers import lock_of
from xlt.files.provenance import file_sha256

logger = logging.getLogger(__name__)

INPUT = "input "
"""How the names of a run's inputs begin in its definition."""

_STEP = "step-"
_BEST = "best-"
_FILES = ("weights.safetensors", "optimizer.safetensors")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A moment of a run: ``step`` optimiser steps are done."""

    step: int
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]
    state: dict[str, Any]


@dataclass(frozen=True)
class Store:
    """The folder of one unfinished run."""

    folder: Path

    @property
    def saved(self) -> bool:
        """Whether a checkpoint is there."""
        return bool(self._steps())

    @property
    def log(self) -> Path:
        """The metrics log, JSON lines."""
        return self.folder / LOG

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run against a second process; the lock goes with the process, however that ends.

        Raises:
            XltError: another process trains here.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(lock_of(self.folder))
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise XltError(
                f"{self.folder}: another process is training here; wait for it, or name another -o"
            ) from error
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def open(self, definition: Mapping[str, Any], *, resume: bool, force: bool) -> None:
        """Begin a run, or go on with one.

        Raises:
            XltError: an unfinished run lies here and neither ``resume`` nor ``force`` was given, or it is another run.
        """
        facts = json.loads(json.dumps(definition))
        about = self.folder / "run.json"
        if self.folder.exists() and not about.is_file() and self._is_foreign(about.name):
            raise XltError(f"{self.folder} is not the folder of an unfinished run; move it away first")
        if about.is_file() and resume:
            try:
                there = json_object(about.read_bytes())
            except ValueError as error:
                raise XltError(f"--resume: {about} is broken ({error}); --force begins anew") from error
            differing = [k for k in {*facts, *there} if facts.get(k) != there.get(k)]
            # An option says more than the input that it brings along.
            differing.sort(key=lambda k: (k.startswith(INPUT), k))
            if not differing:
                return
            if not force:
                key = differing[0]
                raise XltError(
                    f"--resume: the unfinished run in {self.folder} was made with {key} = {there.get(key)!r}, not "
                    f"{facts.get(key)!r}; give the same options, or --force to begin anew"
                )
        elif about.is_file() and not force:
            raise XltError(f"{self.folder} holds an unfinished run; --resume goes on with it, --force begins anew")
        self.remove()
        self.folder.mkdir()
        with output_file(about, force=False) as temporary:
            temporary.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint; when it is whole, older ones go."""
        target = self.folder / f"{_STEP}{checkpoint.step:08d}"
        if target.exists():
            return
        with output_folder(target, force=False) as folder:
            _save(folder / "weights.safetensors", checkpoint.weights)
            _save(folder / "optimizer.safetensors", checkpoint.optimizer)
            digests = {name: file_sha256(folder / name) for name in _FILES}
            state = json.dumps(checkpoint.state | {DIGESTS: digests})
            (folder / STATE).write_text(state + "\n", encoding="utf-8")
            write_digests(folder, STATE, self._lines())
        for old in self._steps():
            if old != target:
                shutil.rmtree(old)
        self._keep_best(checkpoint.state.get("best_step"))

    def newest(self, device: torch.device, facts: Collection[str] = ()) -> Checkpoint | None:
        """The newest checkpoint; None where there is none.

        Args:
            device: where the tensors go.
            facts: what its state must hold, and nothing else.

        Raises:
            XltError: it is broken.
        """
        steps = self._steps()
        if not steps:
            return None
        folder = steps[-1]
        try:
            check_digests(folder, needed=_FILES)
            state = json_object((folder / STATE).read_bytes())
            state.pop(DIGESTS)
            step = int(folder.name.removeprefix(_STEP))
            if state.get("step") != step or (facts and state.keys() != {*facts}):
                raise ValueError("state.json is not what was written")
            return Checkpoint(
                step=step,
                weights=_load(folder / "weights.safetensors", device),
                optimizer=_load(folder / "optimizer.safetensors", device),
                state=state,
            )
        except (OSError, ValueError) as error:
            raise XltError(f"--resume: the checkpoint {folder} is broken ({error}); --force begins anew") from error

    def save_best(self, step: int, weights: Mapping[str, torch.Tensor]) -> None:
        """Keep the best weights so far, those after ``step``; older ones go, but for those of the newest checkpoint."""
        target = self._best(step)
        if target.exists():
            # Of this run before it was killed.
            shutil.rmtree(target)
        with output_folder(target, force=False) as folder:
            _save(folder / "weights.safetensors", weights)
            write_digests(folder, "weights.safetensors", self._lines())
        self._keep_best(step, *(json_object((c / STATE).read_bytes()).get("best_step") for c in self._steps()[-1:]))

    def best(self, step: int, device: torch.device) -> dict[str, torch.Tensor]:
        """The weights that :meth:`save_best` kept of ``step``.

        Raises:
            XltError: they are broken.
        """
        folder = self._best(step)
        try:
            check_digests(folder)
            return _load(folder / "weights.safetensors", device)
        except (OSError, ValueError) as error:
            raise XltError(f"--resume: the weights in {folder} are broken ({error}); --force begins anew") from error

    def keep_log_until(self, step: int) -> None:
        """Drop lines of the log that belong to steps after ``step``: they will be done again.

        Lines that are broken go as well; that lines of steps until ``step`` are missing or broken is told.
        """
        data = self._lines()
        kept = b"".join(line + b"\n" for line in data.split(b"\n") if _step_of(line) <= step)
        checkpoint = self.folder / f"{_STEP}{step:08d}"
        if checkpoint.is_dir() and not is_whole_log(kept, checkpoint):
            logger.warning(
                "%s: lines of steps until %d are missing or broken; the log goes on without them", self.log, step
            )
        if self.log.is_file():
            with output_file(self.log, force=True) as temporary:
                temporary.write_bytes(kept)

    def remove(self) -> None:
        """The run is finished, or begins anew."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _is_foreign(self, name: str) -> bool:
        # A run that was killed at its very beginning leaves nothing, or the hidden file that was to become ``name``.
        return any(not p.name.startswith(f".{name}.partial-") for p in self.folder.iterdir())

    def _lines(self) -> bytes:
        return self.log.read_bytes() if self.log.is_file() else b""

    def _best(self, step: int) -> Path:
        return self.folder / f"{_BEST}{step:08d}"

    def _keep_best(self, *steps: int | None) -> None:
        needed = {self._best(step) for step in steps if step is not None}
        for old in self.folder.glob(f"{_BEST}*"):
            if old not in needed:
                shutil.rmtree(old)

    def _steps(self) -> list[Path]:
        return sorted(p for p in self.folder.glob(f"{_STEP}*") if p.is_dir())


def _step_of(line: bytes) -> float:
    # Of what is no line of the log: beyond all steps.
    try:
        step = json_object(line).get("step")
    except ValueError:
        return math.inf
    return step if isinstance(step, int) else math.inf


def _save(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, path)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error
    # Older checkpoints go when this one is whole: it must be on the disk, not only in its cache.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _load(path: Path, device: torch.device) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device=str(device))
    except SafetensorError as error:
        raise ValueError(str(error)) from error
