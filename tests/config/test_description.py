"""The description of a run: what is refused, what is filled in, and that it survives its way through JSON."""

import json
from itertools import product

import pytest

from p2pbo import InputError
from p2pbo.algorithms import ALGORITHMS
from p2pbo.config import Description
from p2pbo.problems import PROBLEMS


def resolved(**given):
    return Description.parse(given).resolve()


def refused(said, **given):
    with pytest.raises(InputError, match=said) as caught:
        resolved(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"step": 3},
            r"the run has no setting 'step'; did you mean steps\? choose from algorithm, asynchronous",
        ),
        ({"quux": 3}, "the run has no setting 'quux'; choose from"),
        ({"topology": {"weight": "lazy"}}, "the run has no setting 'topology.weight'"),
        ({"topology": {"name": "ring", "p": 0.3}}, "the run has no setting 'topology.p'"),
        ({"algorithm": {"etta": 1}}, r"algorithm mdbo has no setting 'etta'; did you mean eta\?"),
        ({"algorithm": {"name": "dsbo", "alpha1": 1}}, "algorithm dsbo has no setting 'alpha1'"),
        ({"problem": {"name": "quadratic", "dimx": 3}}, r"has no setting 'dimx'; did you mean dim_x\?"),
        ({"data": {"path": "x"}}, "data a9a has no setting 'path'; nothing can be set here"),
        ({"algorithm": "mdob"}, r"algorithm 'mdob' is not known; did you mean mdbo\?"),
        ({"problem": "quadratc"}, r"problem 'quadratc' is not known; did you mean quadratic\?"),
        ({"data": "a9"}, r"data 'a9' is not known; did you mean a9a\?"),
        ({"partition": "idd"}, r"partition 'idd' is not known; did you mean iid\?"),
        ({"topology": "rign"}, r"topology 'rign' is not known; did you mean ring\?"),
        ({"topology": {"weights": "lasy"}}, r"'lasy' is not known; did you mean lazy\?"),
    ],
)
def test_unknown_names_are_refused_with_a_suggestion(given, said):
    refused(said, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": "many"}, "the run: steps = 'many' is refused; input should be a valid integer"),
        ({"steps": -1}, "steps = -1 is refused; input should be greater than or equal to 0"),
        ({"steps": 1.5}, "steps = 1.5 is refused"),
        ({"nodes": 0}, "nodes = 0 is refused; input should be greater than or equal to 1"),
        ({"seed": -1}, "seed = -1 is refused"),
        ({"log_every": 0}, "log_every = 0 is refused"),
        ({"exact": "yes"}, "exact = 'yes' is refused; input should be 'auto', 'on' or 'off'"),
        ({"threads": 0}, "threads = 0 is refused"),
        (
            {"divergence_factor": 0.5},
            "divergence_factor = 0.5 is refused; give a number above 1, or 0 for no limit",
        ),
        ({"dtype": "float16"}, "dtype = 'float16' is refused; input should be 'float64' or 'float32'"),
        ({"out": 3}, "out = 3 is refused"),
        ({"partition": ["iid"]}, r"partition = \['iid'\] is refused"),
        ({"algorithm": 3}, "algorithm = 3 is refused"),
        ({"algorithm": {"name": 3}}, "algorithm.name = 3 is refused"),
        ({"algorithm": {"eta": {"a": 1}}}, r"algorithm mdbo: eta = \{'a': 1\} is refused"),
        ({"algorithm": {"estimator": 4}}, "estimator 4 is no name"),
        (
            {"algorithm": {"name": "fedavg", "batch_upper": 3}},
            "batch_upper of algorithm fedavg has nothing to say: its paper trains on one loss, .*; set batch",
        ),
        ({"algorithm": {"batch_lower": 0}}, "batch_lower = 0 is refused"),
        ({"sampling": "epoch"}, "sampling = 'epoch' is refused; input should be 'independent' or 'epochs'"),
        ({"topology": ["ring"]}, r"topology = \['ring'\] is refused"),
        ({"problem": {"name": "quadratic", "dim_x": 0}}, "problem quadratic: dim_x = 0 is refused"),
        ({"problem": {"name": "quadratic", "noise": "loud"}}, "problem quadratic: noise = 'loud' is refused"),
    ],
)
def test_impossible_values_are_refused(given, said):
    refused(said, **given)


def test_the_empty_description_is_the_papers_run():
    run = resolved()
    assert (run.algorithm.name, run.problem.name, run.data.name) == ("mdbo", "logreg-hpo", "a9a")
    assert (run.partition, run.topology.name, run.topology.weights) == ("iid", "ring", "metropolis")
    assert (run.nodes, run.steps, run.seed, run.dtype, run.log_every) == (8, 1000, 0, "float64", 10)
    assert run.exact == "auto"


def test_text_is_short_for_a_name_and_a_name_may_be_left_out():
    assert Description.parse({"algorithm": "dsbo"}) == Description.parse({"algorithm": {"name": "dsbo"}})
    assert Description.parse({"topology": "star"}) == Description.parse({"topology": {"name": "star"}})
    run = Description.parse({"algorithm": {"eta": 0.2}, "problem": {"validation": 0.5}})
    assert (run.algorithm.name, run.algorithm.settings) == ("mdbo", {"eta": 0.2})
    assert (run.problem.name, run.problem.settings) == ("logreg-hpo", {"validation": 0.5})


def on_its_level(algorithm, **settings):
    """The method on the lower level that it is for."""
    level = ALGORITHMS.make(algorithm).lower_level
    return {"algorithm": {"name": algorithm, **settings}, "lower_level": level}


EVERY_PAIR = pytest.mark.parametrize(("algorithm", "problem"), list(product(ALGORITHMS, PROBLEMS)))


@EVERY_PAIR
def test_resolving_writes_every_default_out(algorithm, problem):
    run = resolved(**on_its_level(algorithm), problem=problem)
    assert run.algorithm.settings == ALGORITHMS.make(algorithm).check(algorithm, {})
    assert set(run.problem.settings) == set(PROBLEMS[problem].settings())
    assert run.nodes == 8


@EVERY_PAIR
def test_resolving_twice_changes_nothing(algorithm, problem):
    run = resolved(**on_its_level(algorithm), problem=problem)
    assert run.resolve() == run
    assert run.resolve().portable() == run.portable()


@EVERY_PAIR
def test_a_resolved_description_survives_json(algorithm, problem):
    run = resolved(**on_its_level(algorithm, batch=12), problem=problem, out="x.h5", seed=2**60)
    text = json.dumps(run.portable())
    again = Description.parse(json.loads(text)).resolve()
    assert again.portable() == run.portable()
    assert again == run.model_copy(update={"out": None})
    assert "x.h5" not in text


def test_given_settings_are_kept_by_resolving():
    run = resolved(algorithm={"name": "vrdbo", "eta": "0.25", "first_batch": None, "mixing": "gossip"})
    assert run.algorithm.settings["eta"] == 0.25
    assert run.algorithm.settings["first_batch"] == "all"
    assert (run.algorithm.settings["mixing"], run.algorithm.settings["estimator"]) == ("gossip", "storm")


@pytest.mark.parametrize(
    "data",
    [
        "synthetic",
        {"name": "synthetic", "classes": 4, "noise": 0.1},
        "libsvm:/data/mushrooms",
        {"name": "libsvm:/data/a9a", "test": "/data/a9a.t", "features": 123},
        {"name": "libsvm", "path": "/data/mushrooms"},
    ],
)
def test_data_with_arguments_survive_json(data):
    run = resolved(data=data)
    again = Description.parse(json.loads(json.dumps(run.portable()))).resolve()
    assert again == run
    assert run.data.name == (data if isinstance(data, str) else data["name"])
    assert ("path" in run.data.settings) == (run.data.name == "libsvm")  # else the name says it


def test_an_argument_may_not_be_given_where_there_is_none():
    refused("algorithm mdbo:3 takes no argument; write 'mdbo'", algorithm="mdbo:3")
    refused("problem quadratic:3 takes no argument; write 'quadratic'", problem="quadratic:3")
    refused("topology ring:3 takes no argument", topology="ring:3")


def test_arguments_of_partitions_and_graphs_are_checked():
    resolved(partition="dirichlet:0.3", topology="er:0.3")
    refused("partition dirichlet needs a value for 'alpha'", partition="dirichlet")
    refused("partition dirichlet: alpha = '-1' is refused", partition="dirichlet:-1")
    refused("topology er: p = '2' is refused", topology="er:2")
    refused("topology er needs a value for 'p'", topology="er")


@pytest.mark.parametrize(
    "name", ["topologies/nsfnet.graphml", "ring.graphml", "./mine", "../er:0.3", "own.txt/graph"]
)
def test_files_are_not_looked_up_as_families(name):
    assert resolved(topology=name).topology.name == name


@pytest.mark.parametrize(
    ("topology", "nodes"),
    [
        ("ring", 8),
        ("er:0.3", 8),
        ("torus:3x4", None),
        ("grid:2x5", None),
        ("x.graphml", None),
        ("custom", None),
    ],
)
def test_eight_nodes_unless_the_topology_says(topology, nodes):
    assert resolved(topology=topology).nodes == nodes
    assert resolved(topology=topology, nodes=12).nodes == 12


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        ("ring", "metropolis"),
        ("torus:3x4", "metropolis"),
        ("x.graphml", "auto"),
        ({"name": "x.graphml", "weights": "file"}, "file"),
        ({"name": "x.graphml", "weights": "lazy"}, "lazy"),
        ({"name": "custom"}, "auto"),
    ],
)
def test_weights_are_the_file_s_where_it_may_have_any(given, weights):
    assert resolved(topology=given).topology.weights == weights


@pytest.mark.parametrize(
    "later", [{"undirected": True}, {"node_bandwidth": 1e6}, {"undirected": True, "node_bandwidth": 1e6}]
)
def test_runs_without_later_fields_are_described_as_before_there_were_any(later):
    """So runs of before go on from their checkpoints, and are the same runs in sweeps and figures."""
    of_before = {"name": "ring", "weights": "lazy", "latency": None, "bandwidth": None}
    described = resolved(topology=of_before).portable()
    assert described["topology"] == of_before
    assert not {"compute_time", "data_seed", "sampling"} & described.keys()
    assert not {"batch_upper", "batch_lower", "scheduled_weights"} & described["algorithm"].keys()
    again = resolved(**resolved(topology={**of_before, **later}, compute_time="10ms").portable())
    assert again.portable()["topology"] == {**of_before, **later}
    assert again.portable()["compute_time"] == "10ms"


@pytest.mark.parametrize(
    ("algorithm", "given", "found"),
    [
        ("mdbo", "auto", "off"),
        ("mdbo", "on", "on"),
        ("async-soba", "auto", "on"),
        ("async-soba", "off", "off"),  # and refused, once there is a method
        ({"name": "mdbo", "mixing": {"y": "asynchronous-tracking"}}, "auto", "on"),
        ({"name": "async-mdbo", "mixing": "tracking"}, "auto", "off"),
    ],
)
def test_a_mixing_without_rounds_leaves_them_out_unless_told_otherwise(algorithm, given, found):
    run = resolved(algorithm=algorithm, asynchronous=given)
    assert run.asynchronous == found
    assert run.portable().get("asynchronous", "off") == found


def test_objects_are_left_alone():
    """A problem and a W given in Python are called custom; their sections are not looked up."""
    run = resolved(problem="custom", data="nowhere", topology={"name": "custom", "weights": "custom"})
    assert (run.problem.name, run.data.name, run.topology.weights) == ("custom", "nowhere", "custom")


def test_numbers_written_as_text_are_numbers():
    """As they come from a shell or from another tool's JSON."""
    run = resolved(nodes="4", steps="10", algorithm={"eta": "0.5", "batch": "12", "terms": "3"})
    assert (run.nodes, run.steps) == (4, 10)
    settings = run.algorithm.settings
    assert (settings["eta"], settings["batch"], settings["terms"]) == (0.5, 12, 3)


def test_graphs_in_turn_are_named_in_the_place_of_the_topology_and_read_again():
    described = resolved(topology={"schedule": "directed-ring, one.graphml"})
    assert (described.topology.name, described.nodes) == ("schedule", None)  # the file says K
    topology = resolved(topology={"schedule": "directed-ring, star"}).build_topology()
    assert (topology.period, topology.nodes) == (2, 8)
    again = resolved(**described.portable())
    assert again == described
    refused(
        "--topology torus and --topology-schedule exclude each other",
        topology={"name": "torus", "schedule": "ring"},
    )
    refused(r"topology 'rign' is not known; did you mean ring\?", topology={"schedule": "rign,star"})
