import pytest
from trace_examples import complete, example_header

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
