import pytest

from p2pbo import InputError
from p2pbo.analysis.plots.panels import panels


def read(traces, facet):
    """Of each panel its title and the labels of its runs."""
    return [(panel.title, [run.label for run in panel.runs]) for panel in panels(traces, facet)]


def test_without_a_facet_all_are_in_one_panel(traced):
    assert read([traced("mdbo"), traced("vrdbo")], None) == [("", ["MDBO", "VRDBO"])]


def test_labels_leave_out_what_titles_say(traced):
    traces = [
        traced(method, topology=graph, seed=seed)
        for graph in ("torus", "ring")
        for method in ("mdbo", "vrdbo")
        for seed in (0, 1)
    ]
    found = panels(traces, "topology")
    assert read(traces, "topology") == [("torus", ["MDBO", "VRDBO"]), ("ring", ["MDBO", "VRDBO"])]
    assert [[len(run.traces) for run in panel.runs] for panel in found] == [[2, 2], [2, 2]]
    assert {run.traces[0].description["topology"] for run in found[0].runs} == {"torus"}


def test_a_label_is_the_same_in_a_panel_with_fewer_runs(traced):
    traces = [traced("mdbo", codec="none"), traced("vrdbo", codec="none"), traced("mdbo", codec="sign")]
    assert read(traces, "codec") == [("uncompressed", ["MDBO", "VRDBO"]), ("sign", ["MDBO"])]


def test_settings_of_what_the_title_names_are_in_labels(traced):
    etas = [traced("mdbo", settings={"eta": eta}) for eta in (0.1, 0.2)]
    assert read([*etas, traced("vrdbo", settings={"beta": 3})], "algorithm") == [
        ("MDBO", ["eta=0.1", "eta=0.2"]),
        ("VRDBO", [""]),
    ]


def test_settings_are_facets_too_and_numbers_are_in_order(traced):
    traces = [
        traced("mdbo", settings={"eta": eta}, topology={"name": graph})
        for eta in (1, 0.3, 0.5)
        for graph in ("ring", "star")
    ]
    assert read(traces, "algorithm.eta") == [
        ("eta=0.3", ["ring", "star"]),
        ("eta=0.5", ["ring", "star"]),
        ("eta=1", ["ring", "star"]),
    ]
    assert [title for title, _ in read([traced(nodes=16), traced(nodes=8)], "nodes")] == [
        "8 nodes",
        "16 nodes",
    ]


def test_runs_without_the_part_have_a_panel_of_their_own(traced):
    traces = [traced("mdbo", settings={"eta": 0.1}), traced("d-soba", settings={"alpha": 0.2})]
    assert [title for title, _ in read(traces, "algorithm.eta")] == ["eta=0.1", "no eta"]


def test_each_seed_can_have_its_panel(traced):
    assert read([traced(seed=1), traced(seed=0)], "seed") == [("seed 0", ["MDBO"]), ("seed 1", ["MDBO"])]


def test_a_run_that_was_done_twice_is_told_apart_by_its_file(traced):
    traces = [traced(stem="a", codec="sign"), traced(stem="b", codec="sign"), traced(codec="none")]
    assert read(traces, "codec") == [("sign", ["MDBO (a)", "MDBO (b)"]), ("uncompressed", ["MDBO"])]


@pytest.mark.parametrize(
    ("facet", "remedy"),
    [
        ("topologi", r"did you mean topology\?"),
        ("algorithm.etta", r"did you mean algorithm\.eta\?"),
        ("q", "choose"),
    ],
)
def test_an_unknown_facet_gets_a_suggestion(traced, facet, remedy):
    with pytest.raises(InputError, match=rf"--facet {facet} is no part of these runs; {remedy}"):
        panels([traced(), traced()], facet)
