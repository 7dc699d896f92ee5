"""Work: how far it is, done side by side with results taken in order, or named to be loaded when it is needed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Called with what is done and with all there is, None where nobody knows.
Progress = Callable[[int, int | None], None]


def by_name(name: str) -> Any:
    """What ``module:name`` names; options name a function so, because they are read without loading what it needs."""
    module, _, own = name.partition(":")
    return getattr(import_module(module), own)


def in_order(pool: Executor, work: Callable[[T], R], items: Iterable[T], ahead: int) -> Iterator[R]:
    """Results in the order of ``items``, which are taken no more than ``ahead`` before their turn; closes the pool."""
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
