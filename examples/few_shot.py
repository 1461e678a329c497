"""Few-shot learning
=================

Tell five characters apart that you have seen once each. Four nodes hold characters of alphabets of their own. Together
they learn how to represent drawings (x, a small convolutional network), so that a linear classifier on top of it (y)
can be learnt from one drawing of each character.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

import p2pbo

# %%
# Six made-up alphabets of seven characters: some strokes, drawn by twenty people who each shake a little. The files lie
# as Omniglot's do; with those, the rest of this page is what Li 2024 does.
draw = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp(prefix="p2pbo-"))


def write(strokes: list[np.ndarray], file: Path) -> None:
    """One person's drawing of a character."""
    image = Image.new("1", (105, 105), 1)
    shift = draw.normal(0, 4, 2)
    for stroke in strokes:
        points = stroke + shift + draw.normal(0, 4, stroke.shape)
        ImageDraw.Draw(image).line([tuple(point) for point in points], fill=0, width=5)
    image.save(file)


for alphabet in range(6):
    for character in range(1, 8):
        place = folder / f"alphabet{alphabet}" / f"character{character:02}"
        place.mkdir(parents=True)
        strokes = [draw.uniform(15, 90, (3, 2)) for _ in range(draw.integers(2, 4))]
        for person in range(20):
            write(strokes, place / f"{person:02}.png")

# %%
# One row for each of five characters, four people's drawings.
figure, grid = plt.subplots(5, 4, figsize=(3, 3.6), layout="constrained")
for axes, place in zip(grid, sorted(folder.glob("alphabet0/*")), strict=False):
    for plot, file in zip(axes, sorted(place.glob("*.png")), strict=False):
        plot.imshow(Image.open(file), cmap="gray")
        plot.set_axis_off()
plt.show()

# %%
# Two of the alphabets are kept for tests: characters that no node has seen. A test shows one drawing of each of five,
# and asks about the others.
trace = p2pbo.run(
    problem={
        "name": "few-shot",
        "queries": 2,
        "tasks": 20,
        "width": 8,
        "test_tasks": 40,
        "train_alphabets": 0.67,
    },
    data={"name": f"omniglot:{folder}", "size": 16},
    algorithm="d-soba",
    settings={"alpha": 2.0, "beta": 0.5, "gamma": 0.5, "batch": 1},
    topology="ring",
    nodes=4,
    steps=40,
    log_every=5,
    dtype="float32",
)
accuracy = trace.values("test_accuracy")
print(f"right about new characters: {accuracy[0]:.3f} → {accuracy[-1]:.3f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
trace["upper_loss"].plot(ax=left)
left.set(title="loss on the nodes' own tasks", xlabel="step", ylabel="cross-entropy")
trace["test_accuracy"].plot(ax=right)
right.set(title="new characters, seen once", xlabel="step", ylabel="share that is right")
right.axhline(0.2, color="gray", linestyle=":", label="by chance")
right.legend()
plt.show()

# %%
# The untrained network is right about more than half, since drawings of one character have much in common. Forty steps
# on tasks of the nodes' own characters help with characters that no node has seen.
