"""Small sweeps of the quadratic problem, and a listener to follow them."""

from p2pbo import open_trace
from p2pbo.config.sweep import Sweep
from p2pbo.runner.sweep.folder import SweepFolder
from p2pbo.runner.sweep.points import in_this_process, run_points

QUADRATIC = {"problem": ["quadratic"], "nodes": [3], "steps": [2], "threads": [1], "exact": ["off"]}


def sweep(**axes):
    return Sweep({}, [{}], {**QUADRATIC, **axes})


class Silent:
    """A listener that remembers."""

    def __init__(self):
        self.begun, self.rows = [], 0

    def begin(self, point):
        self.begun.append(point.name)

    def wait(self):
        raise AssertionError("nobody else runs a point")

    def show(self, row, steps):
        self.rows += 1

    def end(self, outcome):
        pass


def swept(folder, asked):
    """Run what is missing; the names of the points that were run."""
    held, listener = SweepFolder(folder), Silent()
    with held.locked():
        missing = held.missing(asked.points())
        held.record(asked)
        outcomes = list(run_points(missing, in_this_process(held, listener), listener))
    held.tidy()
    assert [outcome.point.name for outcome in outcomes] == listener.begun
    assert not [outcome.problem for outcome in outcomes if outcome.problem]
    return listener.begun


def traces(folder):
    return {path.stem: open_trace(path) for path in sorted(folder.glob("*.h5"))}
