import os
import signal
import threading

import pytest

from xlt.training.stop import stop_signals

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1]


@pytest.mark.parametrize("signum", SIGNALS)
def test_the_first_signal_is_noted_and_the_second_does_what_it_did(signum: signal.Signals) -> None:
    heard: list[int] = []
    before = signal.signal(signum, lambda number, frame: heard.append(number))
    try:
        with stop_signals() as flag:
            assert flag.signum == 0
            os.kill(os.getpid(), signum)
            assert (flag.signum, heard) == (signum, [])
            os.kill(os.getpid(), signum)
            assert heard == [signum]
    finally:
        signal.signal(signum, before)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(s) for s in SIGNALS]
    with pytest.raises(ZeroDivisionError), stop_signals():
        raise ZeroDivisionError
    assert [signal.getsignal(s) for s in SIGNALS] == before


def test_a_thread_has_no_signals_of_its_own() -> None:
    signals: list[int] = []

    def work() -> None:
        with stop_signals() as flag:
            signals.append(flag.signum)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert signals == [0]
