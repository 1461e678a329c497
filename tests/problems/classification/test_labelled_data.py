"""Rows of nodes: who gets which, and how they become tensors."""

import numpy as np
import pytest
import scipy.sparse

from p2pbo.data import Samples
from p2pbo.errors import InputError, Notice
from p2pbo.problems import PROBLEMS, ProblemContext
from p2pbo.problems.classification.labelled_data import PartitionedNodeData, longest_row

ROWS = np.arange(60.0).reshape(20, 3)  # row s is 3s, 3s+1, 3s+2
SAMPLES = Samples(ROWS, np.arange(20) % 2)


def numbers(samples):
    return (samples.features[:, 0] / 3).astype(int)


@pytest.mark.parametrize("partition", ["iid", "size", "dirichlet:0.5"])
def test_every_row_belongs_to_one_side_of_one_node(partition):
    nodes = PartitionedNodeData(SAMPLES, ProblemContext(4, seed=1, partition=partition), 0.25)
    held = [numbers(side(node)) for node in range(len(nodes)) for side in (nodes.upper, nodes.lower)]
    assert len(held) == 8
    assert sorted(np.concatenate(held)) == list(range(20))


def test_nodes_are_tensors_of_their_own_rows():
    nodes = PartitionedNodeData(SAMPLES, ProblemContext(4), 0.4)
    for node, data in enumerate(nodes):
        assert [len(data.upper["a"]), len(data.lower["a"])] == [2, 3]
        for side, rows in (("upper", nodes.upper(node)), ("lower", nodes.lower(node))):
            tensors = getattr(data, side)
            np.testing.assert_array_equal(tensors["a"].numpy(), rows.features)
            np.testing.assert_array_equal(tensors["label"].numpy(), numbers(rows) % 2)
    np.testing.assert_array_equal(nodes[-1].upper["a"], nodes[3].upper["a"])
    with pytest.raises(IndexError):
        nodes[4]


def test_sparse_rows_become_dense_tensors():
    sparse = PartitionedNodeData(
        Samples(scipy.sparse.csr_array(ROWS), SAMPLES.labels), ProblemContext(2), 0.5
    )
    for one, other in zip(sparse, PartitionedNodeData(SAMPLES, ProblemContext(2), 0.5), strict=True):
        np.testing.assert_array_equal(one.lower["a"].numpy(), other.lower["a"].numpy())


@pytest.mark.parametrize("kind", [np.float64, np.float32, scipy.sparse.csr_array])
def test_the_longest_row(kind):
    rows = np.array([[3.0, -4.0], [0.0, 4.5], [1.0, 1.0]])
    made = kind(rows) if kind is scipy.sparse.csr_array else rows.astype(kind)
    assert longest_row(Samples(made, np.zeros(3, np.int64))) == pytest.approx(5)


@pytest.mark.parametrize("problem", ["logreg-hpo", "hyper-representation", "data-cleaning", "loss-tuning"])
def test_one_class_is_refused_by_its_label(tmp_path, problem):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("7 1:0.5\n" * 9)
    two.write_text("7 1:0.5\n-1 1:0.5\n")
    said = "data one has only one class, 7; give data with two classes or more"
    with pytest.raises(InputError, match=said):
        PROBLEMS.make(problem, ProblemContext(2, data=f"libsvm:{one}"))
    with pytest.warns(Notice, match="one lacks the labels -1"), pytest.raises(InputError, match=said):
        PROBLEMS.make(problem, ProblemContext(2, data=f"libsvm:{one}", data_options={"test": two}))
