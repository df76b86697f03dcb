"""A loop that ends though nobody has asked ends the process: the supervisor starts another."""

import threading

import pytest

from serve.loops import Loops
from serve.stopping import Stop

SOON = 10


def test_a_loop_that_dies_stops_the_others_and_says_where(caplog: pytest.LogCaptureFixture) -> None:
    stop, beside = Stop(SOON), threading.Event()

    def broken() -> None:
        raise KeyError("Иванов")

    def patient() -> None:
        if stop.wait(SOON):
            beside.set()

    loops = Loops([patient, broken], stop)
    loops.start()
    assert stop.wait(SOON)
    with pytest.raises(SystemExit) as left:
        loops.join()
    assert (left.value.code, beside.is_set()) == (1, True)
    (line,) = [vars(record) for record in caplog.records]
    assert (line["message"], line["error"], line["code"]) == ("loop_crashed", "KeyError", "internal")
    assert line["place"].startswith("test_loops.py:")
    assert "Иванов" not in caplog.text


def test_a_loop_that_only_returns_is_as_dead() -> None:
    stop = Stop(SOON)
    loops = Loops([lambda: None], stop)
    loops.start()
    with pytest.raises(SystemExit):
        loops.join()
    assert stop.is_requested


def test_loops_that_were_asked_to_end_have_not_died() -> None:
    stop = Stop(SOON)
    loops = Loops([lambda: bool(stop.wait(SOON)) and None] * 2, stop)
    loops.start()
    stop.request()
    loops.join()
