"""He 2024's server algorithms 1, 2, 4 and 5 as printed: workers compress, a server averages and broadcasts.

compress(k, round, name, v) is worker k's compressor C_k, or MSC around it, for one variable.
"""

import numpy as np

LETTERS = {"alpha": 0.15, "beta": 0.3, "gamma": 0.2}
SETTINGS = {
    "c-soba": LETTERS,
    "cm-soba": {**LETTERS, "theta": 0.3},
    "ef-soba": {**LETTERS, "theta": 0.3, "delta_upper": 0.2, "delta_lower": 0.1},
}
SETTINGS |= {f"{name}-msc": {**SETTINGS[name], "rounds": 3} for name in ("cm-soba", "ef-soba")}


def clip(v, radius):
    return v * min(1.0, radius / max(np.linalg.norm(v), 1e-300))


def mean_directions(nodes, x, y, z, draws):
    """D_x, D_y, D_z of every worker, each the mean over the R samples of the step (133)."""
    K = len(nodes.upper)
    point = [np.tile(v, (K, 1)) for v in (x, y, z)]
    each = [nodes.tracked(*point, draw) for draw in draws]
    return [np.mean([D[i] for D in each], axis=0) for i in range(3)]


def c_soba(nodes, start, steps, compress, *, alpha, beta, gamma, radius):
    """Algorithm 1, the green line."""
    x, y, z = start
    for k, draws in enumerate(steps):
        D = mean_directions(nodes, x, y, z, draws)
        x, y, z = (
            x - alpha * averaged(compress, k, "x", D[0]),
            y - beta * averaged(compress, k, "y", D[1]),
            clip(z - gamma * averaged(compress, k, "z", D[2]), radius),
        )
    return x, y, z


def cm_soba(nodes, start, steps, compress, *, alpha, beta, gamma, theta, radius):
    """Algorithm 1, the pink lines; with MSC as compress Algorithm 4."""
    x, y, z = start
    h = np.zeros_like(x)
    for k, draws in enumerate(steps):
        D = mean_directions(nodes, x, y, z, draws)
        x, y, z, h = (
            x - alpha * h,
            y - beta * averaged(compress, k, "y", D[1]),
            clip(z - gamma * averaged(compress, k, "z", D[2]), radius),
            (1 - theta) * h + theta * averaged(compress, k, "x", D[0]),
        )
    return x, y, z


def ef_soba(nodes, start, steps, compress, *, alpha, beta, gamma, theta, delta_upper, delta_lower, radius):
    """Algorithm 2; with MSC as compress Algorithm 5. m are the workers' memories, M the server's averages.

    h^{k+1} = h^k + (δ_u/n) Σ C(h_i^{k+1} − m_i^k) (12c) is the server's average of the memories of x.
    """
    x, y, z = start
    K = len(nodes.upper)
    h_own, h = np.zeros((K, len(x))), np.zeros_like(x)
    m = {"x": np.zeros((K, len(x))), "y": np.zeros((K, len(y))), "z": np.zeros((K, len(y)))}
    M = {name: np.zeros(rows.shape[1]) for name, rows in m.items()}
    delta = {"x": delta_upper, "y": delta_lower, "z": delta_lower}
    for k, draws in enumerate(steps):
        D = mean_directions(nodes, x, y, z, draws)
        h_own = (1 - theta) * h_own + theta * D[0]
        sent, hat = {}, {}
        for name, rows in (("x", h_own), ("y", D[1]), ("z", D[2])):
            sent[name] = np.stack([compress(i, k, name, rows[i] - m[name][i]) for i in range(K)])
            hat[name] = M[name] + sent[name].mean(0)
        x, y, z = x - alpha * h, y - beta * hat["y"], clip(z - gamma * hat["z"], radius)
        h = h + delta_upper * sent["x"].mean(0)
        for name in m:
            m[name] = m[name] + delta[name] * sent[name]
            M[name] = M[name] + delta[name] * sent[name].mean(0)
    return x, y, z


def averaged(compress, k, name, rows):
    return np.mean([compress(i, k, name, row) for i, row in enumerate(rows)], axis=0)
