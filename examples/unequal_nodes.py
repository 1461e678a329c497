"""Nodes of unequal strength: each trains the part of a network that it can afford, all of them together all of it.

Here: twelve features, of which the first two say which of three classes a row has. x is a hidden layer, y the layer
behind it, both modules of torch's; six nodes can afford all, a half and a quarter of the hidden units.
"""

# %%
import torch
from torch.nn.functional import cross_entropy

import p2pbo

torch.manual_seed(0)
hidden = torch.nn.Sequential(torch.nn.Linear(12, 32), torch.nn.ReLU())
output = torch.nn.Linear(32, 3)

Parameters = dict[str, torch.Tensor]


# %% Modules are used by torch.func.functional_call, on parameters of whatever width a node has.
def validation(x: Parameters, y: Parameters, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """f(x, y) = mean cross-entropy of the network (x, y)."""
    rows, label = batch
    represented = torch.func.functional_call(hidden, x, (rows,))
    return cross_entropy(torch.func.functional_call(output, y, (represented,)), label)


def training(x: Parameters, y: Parameters, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """g(x, y) = the same + a ridge on y."""
    return validation(x, y, batch) + 0.01 * sum((part**2).sum() for part in y.values())


def rows(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Some rows of one node, and their classes."""
    a = torch.randn(count, 12)
    return a, (a[:, 0] * a[:, 1] > 0).long() + (a[:, 0] > 1).long()


nodes = [p2pbo.NodeData(upper=rows(60), lower=rows(60)) for _ in range(6)]
problem = p2pbo.Problem(upper=validation, lower=training, x0=hidden, y0=output, nodes=nodes)

# %% RABO; without second derivatives: algorithm="rafbo", settings={"unroll": 5, "coordinates": 20, …}.
settings = {"capacity": "1,1/2,1/4", "hypergradient": "cg", "terms": 5, "batch": 20, "alpha": 0.5}
trace = p2pbo.run(problem=problem, algorithm="rabo", topology="complete", steps=30, settings=settings)
if trace is not None:
    loss = trace.values("upper_loss")
    print(f"validation loss {loss[0]:.3f} → {loss[-1]:.3f}")
    for name, what in (("node_flops", "computes"), ("bytes_sent", "sends")):
        share = trace.values(name)[-1] / trace.values(name)[-1].max()
        print(f"a node {what}, of what the strongest one does:", share.round(3))
    print(f"an entry of x is trained by {trace.values('coverage_x').min():.0f} nodes or more")
