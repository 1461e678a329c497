"""A writer orders rows by the mean step, lets all stand before a checkpoint, and none without all."""

from p2pbo.config import Description
from p2pbo.runner.asynchronous.orders import DUE, SAVE, STOP, WRITE, Order, Orders
from p2pbo.runner.resume.schedule import CheckpointSchedule

ALL = [0, 1]


def orders(**given):
    told = {"problem": "quadratic", "algorithm": "async-soba", "nodes": 4, "steps": 100, "log_every": 10}
    description = Description.parse({**told, "out": "run.h5", **given})
    return Orders(description, 4, 2, CheckpointSchedule(description), 0)


def after(own, mean, due, *, ended=False, whole=True, alive=ALL):
    own.taken[:] = 2 * mean
    return own.next(due, alive, ended=ended, whole=whole)


def test_a_row_is_due_when_nodes_have_taken_the_steps_on_average():
    own = orders()
    assert after(own, 9, 0) is None
    assert after(own, 10, 0) == Order(DUE, 10)
    assert after(own, 19, 10) is None
    assert after(own, 47, 10) == Order(DUE, 40)  # those between are left out
    assert after(own, 120, 40) == Order(DUE, 100)


def test_a_checkpoint_waits_for_a_row_and_for_all_to_stand():
    own = orders(checkpoint_every=25)
    assert after(own, 26, 10) == Order(DUE, 20)
    assert after(own, 32, 20) == Order(SAVE, 32)
    assert after(own, 40, 20) is None
    own.standing |= {0}
    assert after(own, 40, 20) is None
    own.standing |= {1}
    assert after(own, 40, 20) == Order(WRITE, 32)
    own.saved()
    assert after(own, 40, 20) == Order(DUE, 40)
    assert after(own, 49, 40) is None


def test_the_end_is_kept_and_a_stop_comes_with_a_checkpoint():
    own = orders(checkpoint_every=1000)
    own.asked = True
    assert after(own, 12, 0) == Order(DUE, 10)
    assert after(own, 25, 10) == Order(SAVE, 25, (1.0,))
    own = orders(checkpoint_every=1000)
    assert after(own, 100, 100, ended=True) == Order(SAVE, 100)


def test_without_all_ranks_nothing_is_kept():
    own = orders(checkpoint_every=25)
    assert after(own, 26, 20, whole=False, alive=[0]) is None
    own.asked = False
    assert after(own, 36, 20, whole=False, alive=[0]) == Order(DUE, 30)
    assert after(own, 47, 30, whole=False, alive=[0]) == Order(STOP, 47, (0.0,))
