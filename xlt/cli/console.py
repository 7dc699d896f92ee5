"""All talk to the user: messages, summaries and progress to standard error, results to standard output."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from xlt.files.markup import one_line, visible
from xlt.work import Progress

Clock = Callable[[], float]

_SECONDS_BETWEEN_LINES = 30.0
_logger = logging.getLogger("xlt")


class Console:
    """Standard error for people; one instance, set up once by the options ``-q`` and ``-v``.

    Args:
        clock: seconds from some moment on.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.quiet = False
        self._clock = clock

    def error(self, text: str) -> None:
        """One line for a failure; shown also with ``-q``."""
        sys.stderr.write(f"xlt: error: {one_line(text)}\n")

    def note(self, text: str) -> None:
        """One line for people; silent with ``-q``."""
        if not self.quiet:
            sys.stderr.write(one_line(text) + "\n")

    def result(self, name: object, *, to_stderr: bool = False) -> None:
        """The name of what was written, a line on standard output: for a script as it is, on a terminal harmless."""
        stream = sys.stderr if to_stderr else sys.stdout
        stream.write((visible(str(name)) if stream.isatty() else str(name)) + "\n")

    def fact(self, name: str, *lines: str, to_stderr: bool = False) -> None:
        """What is known of something: on one line, or on lines below its name; the result, unless that is another."""
        if to_stderr and self.quiet:
            return
        texts = [visible(line) for line in lines]
        text = "\n".join([f"{name}:", *texts] if len(texts) > 1 else [f"{name}: {texts[0]}"])
        (sys.stderr if to_stderr else sys.stdout).write(text + "\n")

    def summary(self, title: str, rows: Mapping[str, Any]) -> None:
        """What a step kept and left out: a title and aligned ``name: value`` lines."""
        if self.quiet:
            return
        names = [visible(name) for name in rows]
        width = max(map(len, names), default=0)
        lines = [
            f"  {name:<{width}}  {visible(_value(value))}" for name, value in zip(names, rows.values(), strict=True)
        ]
        sys.stderr.write("\n".join([visible(title), *lines]) + "\n")

    def trained(self, run: Any) -> None:
        """The end of a training step (:class:`xlt.training.run.Trained`): its summary, and its path on stdout.

        Of the processes that torchrun started, the first speaks.
        """
        if os.environ.get("WORLD_SIZE", "1") != "1" and os.environ.get("RANK") != "0":
            return
        if run.already:
            self.note(f"{run.output} is finished already; nothing was done")
        else:
            self.summary(str(run.output), run.summary)
        self.result(run.output)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A callback for (done, total): a bar on a terminal, else a line now and then; the rate with ``-v``."""
        # Counted from the first call on: before it lies the loading of whatever does the work.
        first: tuple[float, int] | None = None
        last = 0.0, 0
        with self._shown(visible(label)) as show:

            def callback(done: int, total: int | None) -> None:
                nonlocal first, last
                if done > last[1]:
                    last = self._clock(), done
                    first = first or last
                show(done, total)

            yield callback
        if first and last[0] > first[0]:
            rate = (last[1] - first[1]) / (last[0] - first[0])
            _logger.info("%s: %s, %s a second", label, f"{last[1]:,}", f"{rate:,.0f}")

    @contextmanager
    def training(self) -> Iterator[Callable[[int, int, float, float], None]]:
        """A callback for (steps done, steps in all, loss, words a second)."""
        if self.quiet:
            yield lambda done, total, loss, rate: None
            return
        if not sys.stderr.isatty():
            yield _training_lines(self._clock)
            return
        from rich import progress as rich_progress
        from rich.console import Console as RichConsole

        columns = (
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TimeRemainingColumn(),
            rich_progress.TextColumn("loss {task.fields[loss]:.4f}, {task.fields[rate]:,.0f} words/s"),
        )
        with rich_progress.Progress(*columns, console=RichConsole(stderr=True), transient=True) as bar:
            task = bar.add_task("steps", total=None, loss=0.0, rate=0.0)
            yield lambda done, total, loss, rate: bar.update(task, completed=done, total=total, loss=loss, rate=rate)

    @contextmanager
    def _shown(self, label: str) -> Iterator[Progress]:
        if self.quiet:
            yield lambda done, total: None
        elif sys.stderr.isatty():
            with self._bar(label) as callback:
                yield callback
        else:
            yield _lines(label, self._clock)

    @contextmanager
    def _bar(self, label: str) -> Iterator[Progress]:
        from rich import progress as rich_progress
        from rich.console import Console as RichConsole

        columns = (
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TimeRemainingColumn(),
        )
        with rich_progress.Progress(*columns, console=RichConsole(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(label: str, clock: Clock) -> Progress:
    last = clock()

    def callback(done: int, total: int | None) -> None:
        nonlocal last
        now = clock()
        if now - last >= _SECONDS_BETWEEN_LINES:
            last = now
            sys.stderr.write(f"{label}: {done:,}" + (f" of {total:,}\n" if total else "\n"))

    return callback


def _training_lines(clock: Clock) -> Callable[[int, int, float, float], None]:
    last = clock()

    def callback(done: int, total: int, loss: float, rate: float) -> None:
        nonlocal last
        now = clock()
        if now - last >= _SECONDS_BETWEEN_LINES:
            last = now
            sys.stderr.write(f"step {done:,} of {total:,}: loss {loss:.4f}, {rate:,.0f} words a second\n")

    return callback


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


class _ToConsole(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        sys.stderr.write(f"xlt: {level}{one_line(record.getMessage())}\n")


def set_up_messages(quiet: bool, verbose: bool) -> None:
    """Route the library's log to standard error: warnings always, information with ``-v``."""
    console.quiet = quiet
    _logger.handlers = [_ToConsole()]
    _logger.propagate = False
    _logger.setLevel(logging.DEBUG if verbose else logging.WARNING)


console = Console()
