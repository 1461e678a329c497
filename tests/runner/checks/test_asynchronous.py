"""What needs rounds is refused on one line with its reason, whether a mixing or the flag leaves them out."""

import numpy as np
import pytest

import p2pbo

WITHOUT_ROUNDS = {
    "preset": {"algorithm": "async-soba"},
    "mixing": {"algorithm": "sparkle-gt", "settings": {"mixing": "asynchronous-tracking"}},
    "flag": {"algorithm": "sparkle-gt", "asynchronous": "on"},
}
every_way = pytest.mark.parametrize("way", WITHOUT_ROUNDS)
ODD = 0.5 * (np.roll(np.eye(5), 1, axis=0) + np.roll(np.eye(5), -1, axis=0))
"""W of a ring of five whose nodes hand everything on."""
NO_ROUNDS = "counts rounds, and asynchronous nodes have none; give edges a latency"


def refused(said, given):
    usual = {"problem": "quadratic", "compute_time": "10ms", "steps": 3}
    with pytest.raises(p2pbo.InputError, match=said) as found:
        p2pbo.run(**{**usual, **given})
    assert "\n" not in str(found.value)


@every_way
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"codec": "randk:0.5"}, "codec randk:0.5 rounds running sums, which then drift"),
        ({"codec": "y=cast:f16"}, "codec cast:f16 rounds running sums"),
        ({"codec": "lowrank:1"}, "codec lowrank:1 rounds running sums"),
        ({"links": {"delay": 2}}, f"links.delay 2 {NO_ROUNDS}"),
        ({"links": {"schedule": "matching"}}, f"links.schedule matching {NO_ROUNDS}"),
        ({"links": {"stragglers": 0.1}}, f"links.stragglers 0.1 {NO_ROUNDS}"),
        ({"topology": "one-peer-exponential"}, "changes from round to round, and there are no rounds"),
        (
            {"topology": ["directed-ring", "ring"], "nodes": 4},
            "changes from round to round, and there are no",
        ),
        ({"topology": ODD}, "topology custom leaves nodes no share of their own trackers"),
        ({"compute_time": None}, "simulates when each node is ready, .* give --compute-time 10ms"),
        ({"compute_time": "measured"}, "does not know how long nodes compute"),
    ],
    ids=str,
)
def test_what_counts_rounds_is_refused(way, given, said):
    refused(said, {**WITHOUT_ROUNDS[way], **given})


@every_way
@pytest.mark.parametrize(
    "mixing", ["gossip", "atc", "ed", "extra", "innovations", "error-feedback", "error-feedback-late"]
)
def test_a_variable_that_moves_along_no_tracker_is_refused(way, mixing):
    given = WITHOUT_ROUNDS[way]
    named = given.get("settings", {}).get("mixing") or {}
    mixings = {**({"name": named} if named else {}), "y": mixing}
    said = rf"algorithm {given['algorithm']} moves y along no tracker .* use --mixing asynchronous-tracking"
    refused(said, {**given, "settings": {"mixing": mixings}})


@pytest.mark.parametrize("schedule", ["adaptive", "adasdbo"])
def test_measured_steps_are_refused(schedule):
    measured = {"schedule": schedule}
    said = f"schedule {schedule} of x measures in rounds with all neighbours, and mixing asynchronous-tracking has"
    refused(said, {"algorithm": "async-soba", "settings": measured})
    said = "algorithm sparkle-gt measures the steps of x in rounds with all neighbours, and there are none"
    refused(said, {"algorithm": "sparkle-gt", "asynchronous": "on", "settings": measured})


@pytest.mark.parametrize("algorithm", ["ma-dsbo", "fednest", "fedmbo", "rabo", "fedavg"])
def test_listings_of_their_own_are_refused(algorithm):
    """Submodels are among them: what a node has not trained has no direction to hand on."""
    said = f"algorithm {algorithm} is a listing of its own, whose rounds wait for all neighbours"
    refused(said, {"algorithm": algorithm, "asynchronous": "on"})
    said = f"algorithm {algorithm} is a listing of its own and has no mixing to replace"
    refused(said, {"algorithm": algorithm, "settings": {"mixing": "asynchronous-tracking"}})


@pytest.mark.parametrize("way", ["preset", "mixing"])
def test_rounds_are_refused_where_a_mixing_has_none(way):
    given = WITHOUT_ROUNDS[way]
    said = f"--asynchronous off asks for rounds, and mixing asynchronous-tracking of algorithm {given['algorithm']} has"
    refused(said, {**given, "asynchronous": "off"})


def test_a_mixing_of_one_variable_leaves_out_the_rounds_of_all():
    settings = {"mixing": {"y": "asynchronous-tracking"}}
    run = {"problem": "quadratic", "algorithm": "sparkle-gt", "settings": settings, "compute_time": "10ms"}
    assert "node_steps" in p2pbo.run(**run, steps=3)
    refused("--asynchronous off asks for rounds", {**run, "asynchronous": "off"})
