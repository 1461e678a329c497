"""Sweeps: the points that lists of values span, and their names."""

import json

import pytest

from p2pbo import InputError
from p2pbo.cli.flags import description_from
from p2pbo.config import Description
from p2pbo.config.sweep import Sweep, field_name, nested

EMPTY = Sweep({}, [{}], {})


def points(base=(), cases=({},), **axes):
    return Sweep(dict(base), list(cases), axes).points()


def names(*given, **axes):
    return [point.name for point in points(*given, **axes)]


@pytest.fixture
def toml(tmp_path):
    def sweep(text):
        path = tmp_path / "sweep.toml"
        path.write_text(text, encoding="utf-8")
        return Sweep.from_file(path)

    return sweep


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("topology", "topology"),
        ("topology.name", "topology"),
        (" algorithm . name ", "algorithm"),
        ("algorithm.eta", "algorithm.eta"),
        ("algorithm.mixing", "mixing"),
        ("algorithm.mixing.name", "mixing"),
        ("algorithm.mixing.y", "algorithm.mixing.y"),
        ("topology.weights", "weights"),
    ],
)
def test_a_field_has_one_name(key, field):
    assert field_name(key) == field


def test_fields_find_their_places():
    settings = {"mixing": "ed", "algorithm.mixing.y": "extra", "weights": "lazy", "algorithm": "nc-soba"}
    assert nested(settings) == {
        "algorithm": {"mixing": {"name": "ed", "y": "extra"}, "name": "nc-soba"},
        "topology": {"weights": "lazy"},
    }


def test_the_seeds_of_data_and_run_are_axes():
    found = points(seed=[0, 1], data_seed=[5, 6])
    assert [point.name for point in found][:3] == [
        "data_seed=5,seed=0",
        "data_seed=5,seed=1",
        "data_seed=6,seed=0",
    ]
    assert (found[3].description.seed, found[3].description.data_seed) == (1, 6)


def test_points_are_the_product_and_the_seed_varies_fastest():
    found = points(seed=[0, 1], topology=["ring", "star"], codec=["none", "sign"], steps=[7])
    expected = [(t, c, s) for t in ("ring", "star") for c in ("none", "sign") for s in (0, 1)]
    assert [tuple(point.settings.values()) for point in found] == expected
    assert [point.index for point in found] == list(range(8))
    assert found[5].name == "topology=star,codec=none,seed=1"
    assert all(point.description.steps == 7 for point in found)


def test_a_point_is_the_run_that_has_its_values_as_flags(tmp_path):
    """Also where another algorithm does not inherit the file's settings."""
    path = tmp_path / "a.toml"
    path.write_text('steps = 9\n[algorithm]\nname = "mdbo"\neta = 0.3\n[topology]\nweights = "lazy"\n')
    axes = {"algorithm": ["mdbo", "vrdbo"], "topology": ["ring", "star"], "algorithm.batch": [6]}
    for point in Sweep.from_file(path).over(axes).points():
        flags = {name: point.settings[name] for name in ("algorithm", "topology")}
        assert point.description == description_from(path, flags, ["algorithm.batch=6"]).resolve()


def test_names_stay_when_values_are_added():
    few = names(topology=["ring", "star"], seed=[0, 1])
    many = names(topology=["line", "ring", "star", "er:0.3"], seed=[5, 1, 0])
    assert set(few) < set(many)
    assert len(set(many)) == 12


def test_nothing_that_varies_is_one_run():
    assert names(seed=[3]) == ["run"]


def test_names_have_room_for_their_ending():
    values = [[f"{'v' * 60}{i}" for i in range(2)] for _ in range(9)]
    found = names(**{f"problem.setting{i}": value for i, value in enumerate(values)})
    assert len(set(found)) == 2**9
    assert max(map(len, found)) < 220


@pytest.mark.parametrize("values", [[1, 2, 1], ["er:0.3", "er-0.3"]])
def test_values_that_names_do_not_tell_apart_are_refused(values):
    with pytest.raises(InputError, match=r"the point seed=.* is there 2 times; give each value once"):
        points(seed=values)


def test_the_folder_cannot_be_swept():
    with pytest.raises(InputError, match="out cannot be swept; name the sweep's folder with --out"):
        points(out=["a", "b"])


@pytest.mark.parametrize(("field", "error"), [("out", "cannot be swept"), ("timeline", "is of one run")])
def test_files_are_refused_in_cases_too(field, error):
    with pytest.raises(InputError, match=f"{field} {error}"):
        points(cases=[{field: "a.json", "seed": 0}, {field: "b.json", "seed": 1}])


TOML = """
problem = "quadratic"
out = "somewhere"
[algorithm]
eta = 0.2
[sweep]
topology = ["ring", {name = "star", weights = "lazy"}]
algorithm.beta1 = [0.5, 1.0]
"algorithm.estimator" = "sgd"
seed = "0:3"
"""


def test_a_file_has_its_lists_in_a_table(toml):
    sweep = toml(TOML)
    assert sweep.axes == {
        "topology": ["ring", {"name": "star", "weights": "lazy"}],
        "algorithm.beta1": [0.5, 1.0],
        "estimator": ["sgd"],
        "seed": [0, 1, 2],
    }
    found = sweep.points()
    assert len(found) == 12
    assert found[-1].name == "topology=star,weights=lazy,beta1=1.0,seed=2"
    described = found[-1].description
    assert (described.topology.weights, described.seed, described.out) == ("lazy", 2, None)
    assert described.algorithm.settings.items() >= {"eta": 0.2, "beta1": 1.0, "estimator": "sgd"}.items()


CASES = """
problem = "quadratic"
codec = "randk:0.5"
[sweep]
seed = [0, 1]
[[sweep.cases]]
algorithm = {name = "vrdbo", eta = 0.3}
[[sweep.cases]]
algorithm.name = "dsbo"
codec = "none"
"""


def test_cases_set_fields_together(toml):
    found = toml(CASES).points()
    assert [point.name for point in found] == [
        "algorithm=vrdbo,eta=0.3,seed=0",
        "algorithm=vrdbo,eta=0.3,seed=1",
        "algorithm=dsbo,codec=none,seed=0",
        "algorithm=dsbo,codec=none,seed=1",
    ]
    assert [point.description.codec for point in found[1:3]] == ["randk:0.5", "none"]
    assert found[0].description.algorithm.settings["eta"] == 0.3


def test_flags_beat_cases_and_lists(toml):
    found = toml(CASES).over({"codec": ["sign"], "seed": [5]}).points()
    assert [point.name for point in found] == ["algorithm=vrdbo,eta=0.3", "algorithm=dsbo"]
    assert {(point.description.codec, point.description.seed) for point in found} == {("sign", 5)}


@pytest.mark.parametrize(
    "text",
    [
        "sweep = 3",
        "sweep = [1]",
        "[sweep]\ncases = 3",
        "[sweep]\ncases = [1]",
        "[sweep]\ncases = []",
        "[sweep.cases]\nseed = 3",
    ],
)
def test_what_is_no_table_of_lists_is_refused(toml, text):
    with pytest.raises(
        InputError, match=r"sweep\.toml: sweep is no table of lists and cases; write \[sweep\]"
    ):
        toml(text)


@pytest.mark.parametrize("text", [TOML, CASES, ""])
def test_a_sweep_survives_json(toml, text):
    sweep = toml(text)
    again = Sweep.from_json("sweep.json", json.loads(json.dumps(sweep.as_json())))
    assert again == sweep
    assert [point.description for point in again.points()] == [point.description for point in sweep.points()]


def test_a_run_without_lists_is_a_sweep_of_one(toml):
    (point,) = toml("steps = 3").points()
    assert point.description == Description.parse({"steps": 3}).resolve()


def test_a_point_knows_its_number_of_nodes():
    (point,) = points({"topology": "torus:3x4"})
    assert point.description.nodes == 12
