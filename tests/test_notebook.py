"""The notebook runs from top to bottom, and is kept without what it has shown."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "first_steps.ipynb"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What each cell of code shows, by MIME type, after the notebook was run in a kernel of its own."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [out for cell in code for out in cell.outputs if out.output_type == "stream"] == []
    return [{kind: data for out in cell.outputs for kind, data in out.data.items()} for cell in code]


def test_traces_are_tables_with_a_curve(shown):
    for data in (shown[1], shown[-1]):
        assert "<polyline" in data["text/html"]
        assert data["text/plain"].startswith("<Trace trace in memory: ")


def test_pictures_and_tables_are_shown(shown):
    assert ["image/png" in data for data in shown] == [False, False, True, False, True, False]
    assert "validation_accuracy" in shown[3]["text/html"]


def test_it_is_kept_without_outputs():
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
