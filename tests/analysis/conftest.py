import numpy as np
import pytest

from p2pbo.trace import Header, TraceRow, TraceWriter

NODES = 3


@pytest.fixture
def traced(tmp_path):
    """Make a finished trace of the given algorithm; a file if it has a stem, else in memory.

    ``logged`` gives metrics as series with one value, or one value a node, for each of the steps.
    """

    def make(
        algorithm="mdbo", stem=None, steps=(0, 10, 20), settings=None, logged=None, failed=(), **description
    ):
        path = tmp_path / f"{stem}.h5" if stem else None
        described = {
            "algorithm": {"name": algorithm, **(settings or {"eta": 0.1})},
            "problem": {"name": "logreg-hpo"},
            "data": {"name": "a9a"},
            "partition": "iid",
            "topology": {"name": "ring", "weights": "metropolis"},
            "nodes": NODES,
            "seed": 0,
            "out": str(path),
            **description,
        }
        source, attributes = np.arange(NODES), {"spectral_gap": 0.75, "ranks": 2}
        codecs = ["none"] * NODES
        header = Header(described, NODES, 1, 1, 0, source, (source + 1) % NODES, codecs, attributes)
        writer = TraceWriter(path, header)
        for place, step in enumerate(steps):
            row = example_row(step)
            for name, series in (logged or {}).items():
                (row.node_metrics if np.ndim(series[place]) else row.metrics)[name] = series[place]
            writer.append(row)
        if failed:
            writer.add_failures(steps[1], list(failed), 0.5)
        return writer.close("completed")

    return make


def example_row(step):
    metrics = {
        "upper_loss": 1 / (1 + step),
        "consensus_x": 1e-3 * step,
        "wall_time": 0.5 * step,
        "margin": -1.0,
    }
    nodes = np.arange(NODES)
    return TraceRow(step, metrics, {"node_upper_loss": step + nodes, "bytes_sent": 1_000_000 * step * nodes})
