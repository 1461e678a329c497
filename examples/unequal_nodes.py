"""Nodes of unequal strength
=========================

Each node trains the part of a neural network that it can afford; together they train all of it. Here, the first two of
twelve features say which of three classes a row has. x is a hidden layer, y the layer behind it, both modules of
torch. Of six nodes, two can afford all of the hidden units, two a half and two a quarter.
"""

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

import p2pbo

torch.manual_seed(0)
hidden = torch.nn.Sequential(torch.nn.Linear(12, 32), torch.nn.ReLU())
output = torch.nn.Linear(32, 3)

Parameters = dict[str, torch.Tensor]


# %%
# Modules are called by ``torch.func.functional_call``, on parameters of whatever width a node has.
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

# %%
# The method is RABO. RAFBO, ``algorithm="rafbo"``, needs no second derivatives.
settings = {"capacity": "1,1/2,1/4", "hypergradient": "cg", "terms": 5, "batch": 20, "alpha": 0.5}
trace = p2pbo.run(problem=problem, algorithm="rabo", topology="complete", steps=30, settings=settings)
if trace is not None:
    loss = trace.values("upper_loss")
    print(f"validation loss {loss[0]:.3f} → {loss[-1]:.3f}")
    for name, what in (("node_flops", "computes"), ("bytes_sent", "sends")):
        share = trace.values(name)[-1] / trace.values(name)[-1].max()
        print(f"a node {what}, of what the strongest one does:", share.round(3))
    print(f"an entry of x is trained by {trace.values('coverage_x').min():.0f} nodes or more")

# %%
# What each node does, as a share of what the strongest one does.
if trace is not None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    trace["upper_loss"].plot(ax=left)
    left.set(title="validation loss of the whole network", xlabel="step", ylabel="cross-entropy")
    for place, (name, what) in enumerate({"node_flops": "computed", "bytes_sent": "sent"}.items()):
        done = trace.values(name)[-1]
        right.bar([node + 0.4 * place for node in range(len(done))], done / done.max(), 0.4, label=what)
    right.set(title="share of the strongest node's work", xlabel="node")
    right.legend()
    plt.show()

# %%
# The loss of the whole network falls, though four of the six nodes never hold all of it. What a node computes and sends
# shrinks with the share that it trains.
