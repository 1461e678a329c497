"""The cases: a problem and how its data are spread over the nodes, with the levels that runs are to reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.budgets import BUDGETS, FEW, Budget
from benchmark.methods import ENTRANTS, SHARED, Entrant
from p2pbo.problems import LowerLevel

NODES = 16
"""The number of nodes of all cases."""

DIRECTED = ("one-peer-exponential",)
"""The topologies that change from round to round: gradient tracking needs push-pull there."""


@dataclass(frozen=True, eq=False)
class Case:
    """A problem and how its data are spread.

    Attributes:
        name: of its file and page.
        title: in a line.
        problem: the group of cases that it belongs to.
        steps: of a run.
        log_every: how many steps are between rows, to which the cost of a target is known.
        fields: of all runs, besides.
        equal: whether nodes have alike data.
        shares: of the way from the start to the best known value, which runs are to go.
        metric: that is to fall.
        entrants: the methods that take part.
        budgets: of each of them, by the names of --budget.
        lower_level: whose y is.
        reach: what the ends of the presets' ranges of step sizes are multiplied by, where a search begins.
        data: what reads the file that it needs in the folder of --data, and that file, if any.
    """

    name: str
    title: str
    problem: str
    steps: int
    log_every: int
    fields: Mapping[str, Any]
    equal: bool
    shares: tuple[float, ...] = (0.5, 0.9, 0.99)
    metric: str = "hyper_objective"
    entrants: tuple[Entrant, ...] = SHARED
    budgets: Mapping[str, Budget] = field(default_factory=lambda: BUDGETS)
    lower_level: LowerLevel = "shared"
    reach: tuple[float, float] = (1.0, 1.0)
    data: tuple[str, str] | None = None

    def runs_with(self, data: Path) -> bool:
        """Return whether its data are in this folder, or in the package."""
        return self.data is None or (data / self.data[1]).exists()

    def run(self, data: Path) -> dict[str, Any]:
        """Return the fields of all runs; ``data`` is the folder of the files that are not in the package."""
        file = {} if self.data is None else {"data": f"{self.data[0]}:{data / self.data[1]}"}
        return {
            "exact": "on",
            **self.fields,
            **file,
            "nodes": NODES,
            "steps": self.steps,
            "log_every": self.log_every,
            "lower_level": self.lower_level,
            "data_seed": 0,
            "threads": 1,
        }

    def on(self, topology: str, entrant: Entrant) -> dict[str, Any]:
        """Return the fields that a method's runs need on a topology."""
        if topology not in DIRECTED or not entrant.tracks:
            return {"topology": topology}
        mixing = "algorithm.mixing" if self.lower_level == "shared" else "algorithm.mixing.x"
        return {"topology": topology, mixing: "push-pull"}


def _quadratic(name: str, title: str, heterogeneity: float) -> Case:
    fields = {
        "problem": "quadratic",
        "problem.dim_x": 50,
        "problem.dim_y": 50,
        "problem.heterogeneity": heterogeneity,
        "algorithm.batch": 16,
    }
    return Case(name, title, "quadratic", 300, 3, fields, equal=not heterogeneity, shares=(0.9, 0.99, 0.999))


def _logistic(data: str, spread: str, file: str | None = None, lower_level: LowerLevel = "shared") -> Case:
    partition = {"iid": "iid", "dirichlet": "dirichlet-mix:0.1"}[spread]
    how = {"iid": "equal nodes", "dirichlet": "nodes of unequal classes, Dirichlet(0.1)"}[spread]
    own = lower_level == "local"
    fields = {"problem": "logreg-hpo", "partition": partition, "algorithm.batch": 50}
    return Case(
        f"{data}{'-own' * own}-{spread}",
        f"Ridge weights of logistic regression on {data}{', a model of each node’s own' * own}; {how}",
        f"{data}{'-own' * own}",
        300,
        10,
        fields,
        equal=spread == "iid",
        entrants=ENTRANTS[lower_level],
        lower_level=lower_level,
        reach=(10.0, 1000.0),  # these losses curve little
        data=None if file is None else ("libsvm", file),
    )


def _hyper_representation() -> Case:
    """Return the case of a network, with fewer methods and trials than the others: its steps cost more.

    Neumann series are left out, which need a bound of the curvature, and that grows with x.
    """
    fields = {
        "problem": "hyper-representation",
        "problem.hidden": 32,
        "partition": "dirichlet-mix:0.1",
        "algorithm.batch": 32,
        "dtype": "float32",
        "exact": "off",
    }
    six = ("sparkle-gt", "cd-bsvrgd", "dsgda-gt", "ef-soba", "async-soba", "d-soba")
    return Case(
        "mnist-dirichlet",
        "Hyper-representation on MNIST, a hidden layer of 32; nodes of unequal classes, Dirichlet(0.1)",
        "mnist",
        100,
        5,
        fields,
        equal=False,
        metric="upper_loss",
        entrants=tuple(one for one in SHARED if one.name in six),
        budgets=FEW,
        data=("idx", "mnist10k-images-idx3-ubyte.gz"),
    )


CASES = {
    case.name: case
    for case in (
        _quadratic("quadratic-equal", "Quadratic losses, equal nodes", 0.0),
        _quadratic("quadratic-unequal", "Quadratic losses, unequal nodes", 1.0),
        *(_logistic("a9a", spread) for spread in ("iid", "dirichlet")),
        *(_logistic("ijcnn1", spread, "ijcnn1.bz2") for spread in ("iid", "dirichlet")),
        *(_logistic("a9a", spread, lower_level="local") for spread in ("iid", "dirichlet")),
        _hyper_representation(),
    )
}
"""The cases by name."""
