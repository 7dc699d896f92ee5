"""What all commands share: the options ``-q``, ``-v`` and ``--debug``, and how errors become exit statuses."""

import errno
import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Container, Mapping
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.console import console, set_up_messages
from xlt.cli.flatten import flattened
from xlt.errors import FailedRunError, StoppedError, XltError

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# What is wrong with the name of a file, or with who may read it: the user's to mend.
_BAD_NAMES = {
    errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP
}  # fmt: skip

_COMMON = {
    "quiet": Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Nothing but errors and warnings on stderr.", rich_help_panel="Messages"),
    ],
    "verbose": Annotated[
        bool, typer.Option("--verbose", "-v", help="Device and speed on stderr, too.", rich_help_panel="Messages")
    ],
    "debug": Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel="Messages")
    ],
}


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the common options and turn its errors into one line and an exit status.

    0 done; 2 wrong usage or bad input; 1 anything else; 128 and the number of the signal where one ended it: 130 for
    Ctrl-C, 143 for SIGTERM, and of a training run that stopped with a checkpoint also that of SIGUSR1. A reader that
    closes the pipe ends the command quietly with 0.
    """
    flat = flattened(function)
    known = flat.parameters

    @functools.wraps(function)
    def run(ctx: typer.Context, *, quiet: bool, verbose: bool, debug: bool, **values: Any) -> None:
        set_up_messages(quiet, verbose)
        signal.signal(signal.SIGTERM, _terminated)
        sys.unraisablehook = _once_more
        status = 0
        try:
            function(**flat.build(values, _given(ctx, values)))
            sys.stdout.flush()
        except StoppedError as error:
            console.error(str(error))
            status = 128 + error.signum
        except (XltError, MemoryError, OSError, KeyboardInterrupt) as error:
            if debug:
                raise
            status = _status(error, flat.flags, resumes="resume" in known)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if debug:
                raise
            if isinstance(error, UnicodeEncodeError):
                console.error("a file name or a value on the command line is not valid UTF-8")
                raise typer.Exit(2) from None
            if _interrupted(error):
                raise typer.Exit(_status(KeyboardInterrupt(), flat.flags, resumes="resume" in known)) from None
            if type(error).__name__ == "OutOfMemoryError":
                console.error(f"the GPU's memory is full: {_less_memory(known)}")
                raise typer.Exit(1) from None
            console.error(f"internal error: {type(error).__name__}: {error} (run with --debug for the traceback)")
            status = 1
        if status:
            raise typer.Exit(status)

    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in _COMMON.items()
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *known.values(), *common]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _given(ctx: typer.Context, values: Mapping[str, Any]) -> set[str]:
    # What somebody stated, as opposed to a default.
    sources = {name: ctx.get_parameter_source(name) for name in values}
    return {name for name, source in sources.items() if source is not None and not source.name.startswith("DEFAULT")}


def _interrupted(error: BaseException | None) -> bool:
    # Ctrl-C while a package is imported comes out as whatever that package makes of it.
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _less_memory(known: Container[str]) -> str:
    # What this command has to bound it.
    bounds = {"micro_batch": "a smaller --micro-batch", "batch_tokens": "a smaller --batch-tokens",
              "block": "a smaller --block", "dtype": "--dtype bfloat16"}  # fmt: skip
    return f"try {', or '.join(advice for name, advice in bounds.items() if name in known)}"


def _status(error: BaseException, flags: Mapping[str, str], *, resumes: bool) -> int:
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has had enough; the interpreter's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, KeyboardInterrupt):
        # Out of training it comes at a second Ctrl-C, or while data are read or the result is written.
        more = "; --resume goes on from the newest checkpoint of the run, if there is one" if resumes else ""
        console.error(f"interrupted; no output is half written{more}")
        return 130
    if isinstance(error, XltError):
        console.error(error.named(flags))
        return 1 if isinstance(error, FailedRunError) else 2
    if isinstance(error, MemoryError):
        console.error(f"out of memory ({error})")
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        console.error(f"no space left on the device ({error})")
    elif isinstance(error, OSError) and error.errno in _BAD_NAMES and error.filename is not None:
        console.error(f"{os.fsdecode(error.filename)}: {error.strerror}")
        return 2
    else:
        console.error(str(error))
    return 1


def _terminated(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(143)


def _once_more(lost: "UnraisableHookArgs") -> None:
    # A signal may arrive inside a destructor or a library's callback, which cannot raise: it would be lost, and the
    # command go on. A moment later the main thread is out of there.
    number = {KeyboardInterrupt: signal.SIGINT, SystemExit: signal.SIGTERM}.get(lost.exc_type)
    if number is None:
        sys.__unraisablehook__(lost)
    else:
        Timer(0.02, os.kill, (os.getpid(), number)).start()
