"""Searches of the quadratic problem, whose trials are numbers that a formula gives, or runs."""

import math

from p2pbo.config.sweep import Sweep
from p2pbo.runner.tuning.folder import TuneFolder
from p2pbo.runner.tuning.parameter import parse_parameter
from p2pbo.runner.tuning.search import Search
from p2pbo.runner.tuning.study import Ended, MethodStudy, Outcome
from p2pbo.runner.tuning.worker import work

QUADRATIC = {"problem": ["quadratic"], "nodes": [3], "steps": [4], "log_every": [2], "threads": [1]}
HELD = {"algorithm.beta1": [1.0], "algorithm.beta2": [1.0]}


def search(space=None, axes=None, held=HELD, **settings):
    """A search of η of MDBO alone, unless told otherwise."""
    fields = {"algorithm.eta": "0.001:10:log"} if space is None else space
    parameters = {field: parse_parameter(field, text) for field, text in fields.items()}
    return Search(Sweep({}, [{}], {**QUADRATIC, **held, **(axes or {})}), {}, {}).over(
        {}, parameters, settings
    )


def studies_of(folder, asked):
    held = TuneFolder(folder)
    held.record(asked)
    methods = asked.methods()
    return [MethodStudy(held, held.storage(), method, asked, asked.budget(methods)) for method in methods]


def by_formula(study, trial, show=None):
    """Spend a whole trial; the best η is 0.1."""
    loss = sum(math.log10(value / 0.1) ** 2 for value in trial.params.values())
    return Ended(Outcome.COMPLETE, float(study.method.steps), loss)


class Listener:
    def __init__(self):
        self.ends = []

    def begin(self, study, number):
        pass

    def show(self, row, steps):
        pass

    def end(self, study, number, ended, seconds):
        self.ends.append((study.method.name, number, ended))


def tuned(folder, asked, run=by_formula):
    """Go on with a search; its studies, and the trials that ended."""
    studies, listener = studies_of(folder, asked), Listener()
    work(studies, run, listener)
    return studies, listener.ends


def proposed(study):
    """The settings of all trials that came to their end, in their order."""
    return [trial.params for trial in study.ended()]
