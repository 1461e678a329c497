import numpy as np
import pytest
from trace_examples import example_header, example_row

from p2pbo.trace import TraceWriter


@pytest.fixture(params=["file", "memory"])
def writer(request, tmp_path):
    path = tmp_path / "deep" / "run.h5" if request.param == "file" else None
    return TraceWriter(path, example_header())


@pytest.fixture
def finished(tmp_path):
    """A trace file of three logged steps with edges and a final state."""
    return complete(TraceWriter(tmp_path / "run.h5", example_header()))


@pytest.fixture
def finished_in_memory():
    return complete(TraceWriter(None, example_header()))


def complete(writer):
    for step in (0, 10, 20):
        writer.append(example_row(step))
    writer.edges(range(8), range(0, 16, 2))
    for name, dim in (("final_x", 3), ("final_y", 2)):
        for first in (0, 2):
            writer.final(name, first, example_state(first, dim))
    return writer.close("completed")


def example_state(first, dim):
    return np.arange(first * dim, (first + 2) * dim, dtype=np.float32).reshape(2, dim)
