"""The test for divergence: a node's state is not finite, or at a logged step it has outgrown the start.

‖(x_i, y_i, z_i)‖ ≥ F · max(1, ‖(x⁰, y⁰, z⁰)‖)          F is ``divergence_factor``; 0: there is no limit

A method's u stands in the place of z.

Each node is judged alone, and all nodes have one start, which the problem knows: no number of ranks and no checkpoint
in between changes the verdict.
"""

from __future__ import annotations

import json
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2pbo.algorithms import State
from p2pbo.compression import NotFinite
from p2pbo.network import Ranks
from p2pbo.runner.assembly import Assembly


class Finding(NamedTuple):
    """The reason why a run has diverged; of several the smallest counts.

    Attributes:
        logs: whether the state is logged before the run ends; one that is not finite is not.
        step, node: when, and where.
        cause: what has been found.
        remedy: what may help.
    """

    logs: bool
    step: int
    node: int
    cause: str
    remedy: str

    @property
    def text(self) -> str:
        """Object, cause and remedy, in one line."""
        return f"{self.cause}; {self.remedy}"


class DivergenceLimits:
    """The limits of the states of the hosted nodes.

    Args:
        local: of the run.
        hosted: the nodes.
        steep: whether some node's lower problem curves more than the method's L.
    """

    def __init__(self, assembly: Assembly, hosted: range, steep: bool = False) -> None:
        self._hosted, self._factor = hosted, assembly.description.divergence_factor
        self._preset, self._steep = assembly.description.preset, steep
        self._settings = assembly.description.algorithm.settings
        self._variables = assembly.algorithm.variables
        starts = (assembly.problem.start(name, hosted) for name in self._variables)
        self._start = np.hypot.reduce([_norms(V) for V in starts], axis=0)

    def nonfinite(self, state: State) -> Finding | None:
        """Return the first hosted node whose state holds NaN or infinity."""
        for name, V in zip(self._variables, state.point, strict=True):
            if math.isfinite(np.vdot(V, V)):  # NaN and infinity stay in a sum of squares
                continue
            finite = np.isfinite(V)
            if not finite.all():  # squares may overflow
                node = self._hosted[int(finite.all(axis=1).argmin())]
                cause = f"{_place(node, state.step)}: its {name} holds NaN or infinity"
                return Finding(False, state.step, node, cause, self._remedy(name))
        return None

    def unsendable(self, error: NotFinite, step: int) -> str:
        """Return the text about a hosted node whose codec has refused its rows in this step."""
        place, name = _place(self._hosted[error.row], step), error.variable
        cause = f"what it sends of {name} holds NaN or infinity, or is too large for its codec"
        return f"{place}: {cause}; {self._remedy(name)}, or use another codec"

    def outgrown(self, state: State) -> Finding | None:
        """Return the first hosted node whose state has outgrown the start."""
        if not self._factor:
            return None
        of_variables = np.array([_norms(V) for V in state.point])
        norms = np.hypot.reduce(of_variables, axis=0)
        beyond = np.flatnonzero(norms >= self._factor * np.maximum(1.0, self._start))
        if not len(beyond):
            return None
        row = int(beyond[0])
        name = self._variables[int(of_variables[:, row].argmax())]
        node = self._hosted[row]
        cause = (
            f"{_place(node, state.step)}: the norm of its state has grown from {self._start[row]:.2g} at the start to "
            f"{norms[row]:.2g}, most of it in {name}"
        )
        remedy = f"{self._remedy(name)}, or raise --divergence-factor {self._factor:g}"
        return Finding(True, state.step, node, cause, remedy)

    def _remedy(self, variable: str) -> str:
        """Return the settings most likely at fault: too small an L makes hypergradients of any size."""
        lower = f"lower {' or '.join(self._preset.step_settings(variable, self._settings))}"
        return f"raise lipschitz, or {lower}" if self._steep and variable == "x" else lower


def first_finding(ranks: Ranks, own: Finding | None) -> Finding | None:
    """Return the smallest finding of all ranks, on all ranks; called by all of them."""
    found = [json.loads(text) for text in ranks.all_texts(json.dumps(own))]
    return min((Finding(*one) for one in found if one), default=None)


def _place(node: int, step: int) -> str:
    return f"node {node} diverged at step {step}"


def _norms(V: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ‖v_i‖ in double precision; squares of large numbers overflow, so that they are taken of v_i/‖v_i‖∞."""
    largest = np.maximum(np.abs(V).max(axis=1, keepdims=True, initial=0), np.finfo(V.dtype).tiny).astype(
        np.float64
    )
    return largest[:, 0] * np.linalg.norm(V / largest, axis=1)
