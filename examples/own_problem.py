"""Your own problem
================

A problem is two losses in torch and each node's data. Here: ridge regression on six nodes, every feature with a penalty
exp(xₖ) of its own, chosen so that the solution does well on the nodes' validation rows. Only every second feature
matters.
"""

import matplotlib.pyplot as plt
import torch

import p2pbo


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
# Each node's private rows; tuples, lists and dicts of tensors will do.
draw = torch.Generator().manual_seed(0)
weights = torch.tensor([1.0, 0.0] * 4, dtype=torch.float64)


def rows(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of one node, and the noisy figure that they explain."""
    A = torch.randn(count, len(weights), generator=draw, dtype=torch.float64)
    return A, A @ weights + torch.randn(count, generator=draw, dtype=torch.float64)


nodes = [p2pbo.NodeData(upper=rows(20), lower=rows(10)) for _ in range(6)]
problem = p2pbo.Problem(upper=validation, lower=training, dim_x=8, dim_y=8, nodes=nodes)

# %%
# Under ``mpiexec``, ranks other than 0 get None.
settings = {"alpha": 0.5, "beta": 0.05, "gamma": 0.05}
trace = p2pbo.run(problem=problem, algorithm="sparkle-gt", topology="ring", steps=500, settings=settings)
if trace is not None:
    loss, x = trace.values("upper_loss"), trace.final.x.mean(axis=0)
    print(f"validation loss {loss[0]:.3f} → {loss[-1]:.3f}")
    print("penalties of what matters:", x[::2].round(2), "and of what does not:", x[1::2].round(2))

# %%
# Each node's penalties, and those of the features that matter apart from the others.
if trace is not None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    trace["upper_loss"].plot(ax=left)
    left.set(title="validation loss", xlabel="step", ylabel="mean squared error")
    colours = ["tab:blue" if weight else "tab:orange" for weight in weights]
    right.bar(range(len(x)), x, color=colours)
    right.set(title="chosen penalties", xlabel="feature", ylabel="x, averaged over the nodes")
    plt.show()

# %%
# Blue are the features that matter: their penalties become small. The others keep penalties about 1 or become larger.
