"""Averages on a directed graph
============================

Where one node is heard by many and others by few, averages with neighbours favour it. Here, node 0 of eight wants x to
be 8, and the others 0, so that the solution is their mean, 1. They are on a ring, and node 0 sends
to all.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import torch

import p2pbo
from p2pbo.algorithms import Variable
from p2pbo.algorithms.parts import MIXINGS, Mixing, MixingRounds, Sends
from p2pbo.network import Consensus
from p2pbo.problems import ExactSolution
from p2pbo.topology import build


def upper(x: torch.Tensor, y: torch.Tensor, number: torch.Tensor) -> torch.Tensor:
    """f(x, y) = ½ mean (y − number)²."""
    return 0.5 * ((y - number) ** 2).mean()


def lower(x: torch.Tensor, y: torch.Tensor, number: torch.Tensor) -> torch.Tensor:
    """g(x, y) = ½ (y − x)², so that y follows x."""
    return 0.5 * ((y - x) ** 2).sum()


def solution(x: np.ndarray) -> ExactSolution:
    """Return y*(x) = x, z*(x) = 1 − x and ∇Φ(x) = x − 1."""
    return ExactSolution(x, 1 - x, x - 1)


numbers = torch.tensor([8.0, *[0.0] * 7], dtype=torch.float64).reshape(8, 1, 1)
nodes = [p2pbo.NodeData(upper=number, lower=number) for number in numbers]
problem = p2pbo.Problem(upper=upper, lower=lower, dim_x=1, dim_y=1, nodes=nodes, exact=solution)
graph = nx.cycle_graph(8).to_directed()
graph.add_edges_from((0, node) for node in range(2, 7))


# %%
# Plain averaging is gossip with R, by which a node weighs all that it hears, and itself, alike. p2pbo has no such
# mixing, so it is written here.
@MIXINGS.register("pull")
class Pull(Mixing):
    """V⁺ = R (V − β U)."""

    directed = True

    def sends(self) -> Sends:
        """Plan V − β U, after the oracles."""
        return (), (Consensus(donated=True),)

    def move(self, variable: Variable, beta: float) -> MixingRounds:
        """Step along the own direction, then average."""
        (U,) = yield ()
        (pulled,) = yield (variable.V - beta * U,)
        return Variable(V=self.project(pulled), U=U)


# %%
# ∇Φ(x̄) = x̄ − 1, so the norm that is logged is the distance to the solution.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for mixing, step in (("pull", 0.1), ("pull", 0.05), ("push-pull", 0.1)):
    trace = p2pbo.run(
        problem=problem,
        algorithm="nc-soba",
        settings={"mixing": mixing, "alpha": step, "beta": 0.5, "gamma": 0.5},
        topology=graph,
        steps=150,
        log_every=5,
        exact="on",
    )
    print(f"{mixing}, steps of x {step}: x = {trace.final.x.mean():.3f}")
    left.plot(trace.values("step"), trace.values("hypergradient_norm"), label=f"{mixing}, step {step}")
left.set(xlabel="step", ylabel="distance of x̄ to the solution", yscale="log")
left.legend()

# %%
# The left eigenvector π of R has the share that each node gets where R averages again and again.
R = build(graph).matrix()
eigenvalues, vectors = np.linalg.eig(R.T)
pi = vectors[:, eigenvalues.real.argmax()].real
pi /= pi.sum()
print(f"8 π_0 = {8 * pi[0]:.3f}")
right.bar(range(8), pi)
right.axhline(1 / 8, color="gray", linestyle=":")
right.set(xlabel="node", ylabel="its share π", title="shares by R")
plt.show()

# %%
# Plain averaging ends at the mean by π, in which node 0 has 31 % instead of 12.5, and shorter steps lead just there: it
# solves another problem. Push-pull hands gradients on by a second matrix C, whose columns sum to 1, so that no node's
# gradient is lost or counts twice. It goes on to 1.
