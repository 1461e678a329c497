"""Compression at equal bytes
==========================

A codec makes each step cheaper and the numbers worse. So compare methods at equal bytes, not at equal steps: EF-SOBA,
which feeds back what codecs leave out, and D-SOBA, which does not, on eight unequal nodes in a ring.
"""

import matplotlib.pyplot as plt

import p2pbo

# %%
# Every node may send 300 kB, in no more than 1,200 steps. A run of one step tells what a step costs.
BUDGET, MOST = 3e5, 1200
CODECS = ("none", "qsgd:4", "topk:0.1", "sign")


def run(algorithm: str, codec: str, steps: int) -> p2pbo.Trace:
    """So many steps, of which some twenty are logged."""
    return p2pbo.run(
        problem={"name": "quadratic", "dim_x": 100, "dim_y": 80},
        algorithm=algorithm,
        settings={"alpha": 0.05, "beta": 0.1, "gamma": 0.1},
        codec=codec,
        topology="ring",
        nodes=8,
        steps=steps,
        log_every=max(1, steps // 20),
        exact="on",
    )


# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for axes, algorithm in zip(panels, ("ef-soba", "d-soba"), strict=True):
    for codec in CODECS:
        step = run(algorithm, codec, 1).values("bytes_sent")[-1].mean()
        trace = run(algorithm, codec, min(int(BUDGET / step), MOST))
        sent, norm = trace.values("bytes_sent").mean(axis=1), trace.values("hypergradient_norm")
        print(f"{algorithm}, {codec}: {trace.description['steps']} steps, ‖∇Φ(x̄)‖ = {norm[-1]:.4f}")
        axes.plot(sent / 1e3, norm, label=codec)
    axes.set(title=algorithm, xlabel="sent by a node (kB)", yscale="log")
panels[0].set_ylabel("‖∇Φ(x̄)‖")
panels[0].legend(title="codec")
plt.show()

# %%
# With EF-SOBA every codec is far ahead of exact numbers, and the coarsest, a bit for each entry, is furthest. With
# D-SOBA the codecs are ahead at first, and each stops at a floor of its own: nodes that hear less of each other differ
# more.
