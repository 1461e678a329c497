"""A model for each node
=====================

Six nodes with the same question and different answers: the same features matter everywhere, with other weights at each
node. What they share is x, a penalty exp(xₖ) for each feature; y is each node's own model, which never leaves it. One
model for all would fit nobody.
"""

import matplotlib.pyplot as plt
import torch

import p2pbo

FEATURES, NODES = 8, 6


# %%
# f is the validation loss, g the training loss with its penalties; both are means over the rows of a batch.
def validation(x: torch.Tensor, y: torch.Tensor, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """f(x, y) = mean (⟨a, y⟩ − b)²."""
    A, b = batch
    return ((A @ y - b) ** 2).mean()


def training(x: torch.Tensor, y: torch.Tensor, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """g(x, y) = mean (⟨a, y⟩ − b)² + Σ_k exp(x_k) y_k²."""
    return validation(x, y, batch) + (x.exp() * y**2).sum()


# %%
# Every second feature matters, at each node with weights of its own.
draw = torch.Generator().manual_seed(0)
matters = torch.tensor([1.0, 0.0] * (FEATURES // 2), dtype=torch.float64)


def normal(*shape: int) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(*shape, generator=draw, dtype=torch.float64)


def node() -> p2pbo.NodeData:
    """A node's validation rows and its few training rows."""
    weights = 2 * matters * normal(FEATURES)

    def rows(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        A = normal(count, FEATURES)
        return A, A @ weights + normal(count)

    return p2pbo.NodeData(upper=rows(40), lower=rows(10))


nodes = [node() for _ in range(NODES)]

# %%
# ``lower_level="local"``: y_i*(x) minimizes g_i alone. x is found together, by gradient tracking; y and z are not sent.
# The upper loss is then the mean of f_i at each node's own y. For comparison, the same losses with one y for all.
losses = {}
for level, algorithm in (("local", "lopa-gt"), ("shared", "sparkle-gt")):
    problem = p2pbo.Problem(
        validation, training, dim_x=FEATURES, dim_y=FEATURES, nodes=nodes, lower_level=level
    )
    settings = {"alpha": 0.2, "beta": 0.03, "gamma": 0.03}
    trace = p2pbo.run(problem=problem, algorithm=algorithm, steps=600, log_every=10, settings=settings)
    if trace is not None:  # under mpiexec, ranks other than 0 get None
        losses[level] = trace["upper_loss"]
        first, last = trace.values("upper_loss")[[0, -1]]
        sent = trace.values("bytes_sent")[-1].mean() / 1e6
        print(f"{level}: validation loss {first:.3f} → {last:.3f}, {sent:.2f} MB sent by a node")
        if level == "local":
            x = trace.final.x.mean(axis=0)
            print("penalties of what matters:", x[::2].round(2), "and of what does not:", x[1::2].round(2))

# %%
# The noise of the rows has variance 1: no model comes below that.
if losses:
    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    for level, loss in losses.items():
        loss.plot(ax=axes, label=f"{level} lower level")
    axes.axhline(1, color="grey", linestyle=":", label="noise")
    axes.set(title="", xlabel="step", ylabel="validation loss")
    axes.legend()
    plt.show()
