"""Hyper-cleaning: which labels can be trusted?
============================================

Eight nodes hold handwritten digits of 8 × 8 pixels. Three labels in ten are wrong, and nobody knows which; some digits
of each node have been checked. The upper variable is a weight for every digit that has not, chosen so that a classifier
trained on the weighted digits (the lower problem) is right about the checked ones (the upper problem).
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import dump_svmlight_file, load_digits

import p2pbo
from p2pbo.problems import PROBLEMS, ProblemContext

# %%
# A thousand of scikit-learn's digits go into a file in LIBSVM's format, one of those that ``--data`` takes.
digits = load_digits()
file = tempfile.mkdtemp(prefix="p2pbo-") + "/digits.svm"
dump_svmlight_file(digits.data[:1000] / 16, digits.target[:1000], file, zero_based=False)

# %%
# The problem spoils labels itself, so that it can say in the end who was right. ``p2pbo.run`` would make it from its
# name; made here, it can be asked for its data.
context = ProblemContext(nodes=8, data=f"libsvm:{file}", data_options={"features": 64})
problem = PROBLEMS.make("data-cleaning", context, corrupted=0.3)
settings = {"alpha": 1000.0, "beta": 1.0, "gamma": 1.0}
trace = p2pbo.run(problem=problem, algorithm="d-soba", topology="ring", steps=100, settings=settings)
print(f"a clean digit weighs more than a spoilt one: {trace.values('cleaning_auc')[-1]:.3f} of all pairs")

# %%
# The weights are σ(x), ½ at the start.
weight = 1 / (1 + np.exp(-trace.final.x.mean(axis=0)))
clean = problem.nodes.clean
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.hist([weight[clean], weight[~clean]], bins=20, stacked=True, label=["right label", "wrong label"])
axes.set(xlabel="weight", ylabel="digits")
axes.legend()
plt.show()

# %%
# Those with the smallest weights, and what they are called.
images = np.concatenate([node.lower["a"].reshape(-1, 8, 8) for node in problem.nodes])
labels = np.concatenate([node.lower["label"] for node in problem.nodes])
figure, grid = plt.subplots(2, 8, figsize=(8, 2.6), layout="constrained")
for axes, digit in zip(grid.flat, weight.argsort(), strict=False):
    axes.imshow(images[digit], cmap="gray_r")
    axes.set_title(f"“{labels[digit]}”")
    axes.set_axis_off()
plt.show()

# %%
# Sixteen digits, and hardly one is what it is called. In the picture before, nearly all wrong labels have lost their
# weight and nearly all right ones have gained; some twenty wrong ones are trusted still.
