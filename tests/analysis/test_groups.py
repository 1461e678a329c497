import pytest

from p2pbo import InputError
from p2pbo.analysis.groups import check_comparable, data_seeds, group_by_seed


def test_seeds_of_one_run_are_one_group(traced):
    traces = [traced(method, seed=seed) for seed in (1, 0) for method in ("mdbo", "vrdbo")]
    found = group_by_seed(traces)
    assert [group.label for group in found] == ["MDBO", "VRDBO"]
    assert [[trace.description["seed"] for trace in group.traces] for group in found] == [[0, 1], [0, 1]]


def test_a_seed_that_was_run_twice_is_not_two_seeds(traced):
    found = group_by_seed([traced(stem="a"), traced(stem="b"), traced(stem="c", seed=1)])
    assert [(group.label, len(group.traces)) for group in found] == [("a", 2), ("b", 1)]


def test_runs_on_other_data_are_of_one_group(traced):
    """A data seed that is that of the run, said or not, is one and the same draw."""
    found = group_by_seed([traced(seed=0), traced(seed=0, data_seed=1), traced(seed=1, data_seed=0)])
    (group,) = found
    assert (group.label, data_seeds(group.traces)) == ("MDBO", [0, 1, 0])
    assert len(group_by_seed([traced(seed=2), traced(seed=2, data_seed=2)])) == 2


def test_parts_told_elsewhere_are_left_out_of_labels(traced):
    traces = [traced(method, codec=codec) for codec in ("none", "sign") for method in ("mdbo", "vrdbo")]
    assert [group.label for group in group_by_seed(traces)][:2] == [
        "MDBO, uncompressed",
        "VRDBO, uncompressed",
    ]
    panel = [trace for trace in traces if trace.description["codec"] == "sign"]
    assert [group.label for group in group_by_seed(panel, without=["codec"])] == ["MDBO", "VRDBO"]


def test_one_run_is_called_by_its_method(traced):
    assert [group.label for group in group_by_seed([traced(seed=0), traced(seed=1)])] == ["MDBO"]


@pytest.mark.parametrize(("part", "value"), [("problem", {"name": "quadratic"}), ("data", {"name": "mnist"})])
def test_other_problems_are_not_compared(traced, part, value):
    with pytest.raises(InputError, match=rf"other\.h5 is of another {part} than .*first\.h5; .*--force"):
        check_comparable([traced(stem="first"), traced(stem="other", **{part: value})])


def test_other_networks_are_compared(traced):
    check_comparable([traced(), traced(topology="torus", nodes=16, codec="sign", partition="dirichlet:0.1")])
