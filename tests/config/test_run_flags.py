"""The flags of a run follow from the fields of its description."""

import pytest

from p2pbo.algorithms import ALGORITHMS
from p2pbo.cli.commands.catalogue import CATALOGUE
from p2pbo.config import Description
from p2pbo.config.run_flags import RUN_FLAGS, AlgorithmFlags
from p2pbo.config.sections import LinksSection, Section, TopologySection
from p2pbo.config.sweep import nested

FLAGS = {flag.name: flag for flag in RUN_FLAGS}
VALUES = {"checkpoint_every": "30m", "divergence_factor": 10.0, "codec_scope": "node", "channel": "masked"}
VALUES |= {"dtype": "float32", "exact": "off", "flops": "off", "checksum": "on", "on_failure": "continue"}
VALUES |= {"asynchronous": "on"}
VALUES |= {
    "sampling": "epochs",
    "lower_level": "local",
    "compute_time": "10ms",
    "until": "upper_loss=0.3",
    "time_limit": "30m",
    "silent_after": "500ms",
    "device": "cuda:1",
}
OF_KIND = {int: 1, float: 0.5, str: "a", bool: True}


def test_every_field_has_a_flag_and_a_help_text():
    assert FLAGS.keys() >= Description.model_fields.keys() - {"links"}
    assert all(flag.text for flag in RUN_FLAGS)
    sections = (TopologySection, LinksSection)
    assert all(
        field.description
        for model in sections
        for name, field in model.model_fields.items()
        if name != "name"
    )


def test_names_are_unique():
    assert len(FLAGS) == len(RUN_FLAGS)


@pytest.mark.parametrize("name", FLAGS.keys() - {"out", "timeline"})
def test_a_flag_sets_its_field(name):
    flag = FLAGS[name]
    value = VALUES.get(name, OF_KIND.get(flag.kind))
    held = Description.parse(nested({name: value}))
    *sections, key = flag.path.split(".")
    for section in sections:
        held = getattr(held, section)
    found = held.settings[key] if isinstance(held, Section) else getattr(held, key)
    assert getattr(found, "name", found) == value


def test_settings_of_algorithms_are_those_of_some_algorithm():
    known = {name for algorithm in ALGORITHMS for name in ALGORITHMS.make(algorithm).check(algorithm, {})}
    assert AlgorithmFlags.__annotations__.keys() <= known


def test_what_help_shows():
    assert FLAGS["undirected"].default == "off"
    assert FLAGS["divergence_factor"].default == "1e6"
    assert FLAGS["stall_timeout"].default == "600"
    assert FLAGS["seed"].default == "0"
    assert FLAGS["algorithm"].default == "mdbo"
    assert FLAGS["topology"].default == "ring"
    assert FLAGS["algorithm"].help == "Method (p2pbo list algorithms)."
    assert FLAGS["topology"].help == "Graph (p2pbo list topologies), or a graph file."
    assert FLAGS["link_schedule"].help == "Which edges are used in a round: all, matching, random:P."
    order = list(FLAGS)
    assert order.index("undirected") + 1 == order.index("weights")
    assert order.index("nodes") + 1 == order.index("steps")


def test_what_help_names_is_a_list():
    assert {flag.field.listed for flag in RUN_FLAGS} - {""} <= CATALOGUE.keys()
    for flag in RUN_FLAGS:
        assert not flag.field.listed or CATALOGUE[flag.field.listed] is flag.field.choices
