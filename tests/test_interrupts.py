"""Interrupts that wait: they take effect once, at the end, and only where they would take effect at all."""

import signal
import threading

import pytest

from p2pbo.interrupts import deferred_interrupts


@pytest.fixture
def heard():
    """What an interrupt has been heard with; it raises nothing."""
    numbers = []
    before = signal.signal(signal.SIGINT, lambda number, frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGINT, before)


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_waits_for_the_end(heard):
    with deferred_interrupts():
        interrupt()
        interrupt()
        assert heard == []
    assert heard == [signal.SIGINT]
    interrupt()
    assert heard == [signal.SIGINT] * 2


def test_one_inside_another_waits_for_both(heard):
    with deferred_interrupts():
        with deferred_interrupts():
            interrupt()
        assert heard == []
    assert heard == [signal.SIGINT]


def test_without_an_interrupt_nothing_happens(heard):
    with pytest.raises(ZeroDivisionError), deferred_interrupts():
        raise ZeroDivisionError
    assert heard == []


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_interrupts():
            interrupt()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_hear_of_none(heard):
    def work():
        with deferred_interrupts():
            done.append(signal.getsignal(signal.SIGINT))

    done, own = [], signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert (done, heard) == ([own], [])
