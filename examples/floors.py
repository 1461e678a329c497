"""Which method for unequal nodes?
===============================

Nodes whose data differ pull in different directions. Some methods then stop short of the solution, however many steps
they take; how far short is their floor. Three methods, on eight quadratic problems that differ.
"""

import matplotlib.pyplot as plt

import p2pbo

# %%
# On quadratics the exact hypergradient is known, and logged at each logged step.
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for algorithm in ("mdbo", "d-soba", "sparkle-gt"):
    trace = p2pbo.run(
        problem="quadratic", algorithm=algorithm, topology="ring", nodes=8, steps=1500, exact="on"
    )
    norm = trace.values("hypergradient_norm")
    print(f"{algorithm}: ‖∇Φ(x̄)‖ = {norm[-1]:.2e}")
    axes.plot(trace.values("step"), norm, label=algorithm)
axes.set(xlabel="step", ylabel="‖∇Φ(x̄)‖", yscale="log")
axes.legend()
plt.show()

# %%
# MDBO stops first: each node inverts its own Hessian, and the average of inverses is not the inverse of the average.
# D-SOBA tracks the network's solution and stops at a floor that shrinks with its step sizes. SPARKLE with gradient
# tracking corrects its nodes' differences and goes on to the solution.
