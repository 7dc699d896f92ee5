from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from xlt.work import by_name, in_order


def test_results_come_in_the_order_of_the_items_whoever_is_first() -> None:
    second = Event()

    def slow_first(item: int) -> int:
        if item == 0:
            assert second.wait(10)
        if item == 1:
            second.set()
        return item * item

    assert list(in_order(ThreadPoolExecutor(2), slow_first, range(5), 2)) == [0, 1, 4, 9, 16]


def test_items_are_taken_no_more_than_so_many_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for i in range(9):
            taken.append(i)
            yield i

    results = in_order(ThreadPoolExecutor(1), lambda i: i, items(), 2)
    assert next(results) == 0
    assert taken == [0, 1, 2]
    results.close()  # type: ignore[attr-defined]


def test_a_fault_comes_at_its_turn_and_closes_the_pool() -> None:
    pool = ThreadPoolExecutor(1)
    results = in_order(pool, lambda i: 1 // i, [1, 0, 1], 1)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        list(results)
    with pytest.raises(RuntimeError):
        pool.submit(print)


def test_what_a_text_names() -> None:
    assert by_name("xlt.work:in_order") is in_order
    with pytest.raises(AttributeError):
        by_name("xlt.work:nothing")
    with pytest.raises(ModuleNotFoundError):
        by_name("xlt.nowhere:in_order")
