"""Where a description comes from: files, --set and flags, and which of them wins."""

import pytest

from p2pbo import InputError, run
from p2pbo.cli.flags import description_from
from p2pbo.config import Description, from_file, merge, parse_assignments
from p2pbo.config.sources import from_json


@pytest.fixture
def toml(tmp_path):
    def write(text, name="run.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


RUN = """
steps = 40
topology = "line"
[algorithm]
name = "vrdbo"
eta = 0.2
batch = 50
"""


def test_a_toml_file_becomes_a_description(toml):
    described = description_from(toml(RUN), {}, None)
    assert (described.steps, described.topology.name, described.seed) == (40, "line", 0)
    assert described.algorithm.name == "vrdbo"
    assert described.algorithm.settings == {"eta": 0.2, "batch": 50}


def test_an_empty_file_is_the_default_run(toml):
    assert description_from(toml(""), {}, None) == description_from(None, {}, None) == Description()


def test_flags_beat_set_and_set_beats_the_file(toml):
    assignments = ["steps=50", "seed=5", "algorithm.eta=0.3", "log_every=7"]
    flags = {"steps": 60, "topology": "star", "log_every": None}
    described = description_from(toml(RUN), flags, assignments)
    assert (described.steps, described.seed, described.log_every) == (60, 5, 7)
    assert described.topology.name == "star"
    assert described.algorithm.settings == {"eta": 0.3, "batch": 50}


def test_flags_of_parts_and_weights_fill_their_sections(toml):
    flags = {"estimator": "sgd", "mixing": "gossip", "weights": "lazy:metropolis", "out": toml("", "x.h5")}
    described = description_from(toml(RUN), flags, ["topology.name=star"])
    assert described.algorithm.settings == {"eta": 0.2, "batch": 50, "estimator": "sgd", "mixing": "gossip"}
    assert (described.topology.name, described.topology.weights) == ("star", "lazy:metropolis")
    assert described.out == str(flags["out"])


@pytest.mark.parametrize(
    ("assignments", "values"),
    [
        (["steps=7"], {"steps": 7}),
        (["a.b.c=0.5"], {"a": {"b": {"c": 0.5}}}),
        (["a.b=1e-3", "a.c=-2"], {"a": {"b": 1e-3, "c": -2}}),
        (["a=inf"], {"a": float("inf")}),
        (["a=mdbo"], {"a": "mdbo"}),
        (["a='mdbo'", 'b="x y"'], {"a": "mdbo", "b": "x y"}),
        (["a=er:0.3"], {"a": "er:0.3"}),
        (["a=runs/out/x.h5"], {"a": "runs/out/x.h5"}),
        (["a=x=y"], {"a": "x=y"}),
        (["a="], {"a": ""}),
        (["a=[1, 2.5, 'z']"], {"a": [1, 2.5, "z"]}),
        (["a=[[1], [2]]"], {"a": [[1], [2]]}),
        (["a={b = 1}", "a.c=2"], {"a": {"b": 1, "c": 2}}),
        (["a=true", "b=True"], {"a": True, "b": "True"}),
        (["a=1", "a=2"], {"a": 2}),
        (["a=mdbo", "a.eta=1"], {"a": {"name": "mdbo", "eta": 1}}),
        (["a.eta=1", "a=mdbo"], {"a": {"eta": 1, "name": "mdbo"}}),
        ([" a . b =1"], {"a": {"b": 1}}),
        ([], {}),
    ],
)
def test_assignments_are_toml_or_text(assignments, values):
    assert parse_assignments(assignments) == values


@pytest.mark.parametrize("assignment", ["steps", "=3", " =3", "a..b=1", ".a=1", "a.=1", "a. =1", ""])
def test_what_is_no_assignment_is_named(assignment):
    with pytest.raises(
        InputError, match=r"--set .*is no assignment; write --set section\.key=value"
    ) as refused:
        parse_assignments(["steps=3", assignment])
    assert str(refused.value).startswith(f"--set {assignment} is")


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": "ring"}, {"a": {"weights": "lazy"}}, {"a": {"name": "ring", "weights": "lazy"}}),
        ({"a": {"weights": "lazy"}}, {"a": "ring"}, {"a": {"name": "ring", "weights": "lazy"}}),
        ({"a": "ring"}, {"a": "star"}, {"a": "star"}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_sections_are_merged_and_values_replaced(below, above, merged):
    kept = {key: dict(value) if isinstance(value, dict) else value for key, value in below.items()}
    assert merge(below, above) == merged
    assert below == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps = 3\nseed = \n", r"is not TOML: invalid value \(at line 2, column 8\); correct that place"),
        ("steps = 3\nsteps = 4\n", r"is not TOML: cannot overwrite a value \(at line 2"),
        ("[algorithm\n", r"is not TOML: .*\(at line 1"),
    ],
)
def test_malformed_toml_names_the_line(toml, text, said):
    with pytest.raises(InputError, match=said) as refused:
        from_file(toml(text))
    assert "run.toml is not" in str(refused.value)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.toml cannot be read \(No such file.*; give a TOML file"):
        from_file(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="cannot be read"):
        from_file(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"out = '\xe9'")
    with pytest.raises(InputError, match=r"latin\.toml, line \d+, is not UTF-8 text; save it as UTF-8"):
        from_file(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 5000, "has more than 32 tables or lists one in another; make it flatter"),
        ("a = " + "[" * 33 + "]" * 33, "has more than 32 tables or lists one in another; make it flatter"),
        ("a." * 33 + "a = 1", "has more than 32 tables or lists one in another; make it flatter"),
        (
            "b = 1\n" + "a." * 10**5 + "a = 1",
            "is not TOML: a key of more than 100 dots (at line 2)",
        ),
        (
            "a = " + "9" * 5000,
            "is not TOML: exceeds the limit (4300 digits) for integer string conversion: value has",
        ),
        ("#" * (2**18 + 1), "has more than 262144 bytes; give a file of the kind that is meant here"),
    ],
)
def test_a_file_that_no_description_looks_like_is_refused_at_once(toml, text, said):
    path = toml(text)
    with pytest.raises(InputError) as refused:
        from_file(path)
    assert str(refused.value).startswith(f"{path} {said}")
    assert "sys.set_int" not in str(refused.value)


def test_what_is_nested_like_a_description_is_read(toml):
    deep = from_file(toml("a." * 31 + "a = 1\nb = " + "[" * 32 + "]" * 32))
    assert list(deep) == ["a", "b"]
    assert from_file(toml("x = [" + "0.1, " * 1000 + "]"))["x"] == [0.1] * 1000


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_an_assignment_that_toml_cannot_hold_is_text(value):
    assert parse_assignments([f"a={value}"]) == {"a": value}


def test_an_assignment_that_is_too_deep_is_refused():
    for assignment in ("a." * 3000 + "a=1", "a=" + "[" * 33 + "]" * 33):
        with pytest.raises(
            InputError, match=r"^--set a.* has more than 32 tables or lists one in another; make it"
        ):
            parse_assignments([assignment])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1', "is not JSON: expecting ',' delimiter: line 1 column 8"),
        ("[1]", "holds no names with values; give the file that p2pbo wrote"),
        ('{"a":' * 5000, "has more than 32 tables or lists one in another"),
        (" " * 2**18 + "{}", "has more than 262144 bytes"),
    ],
)
def test_json_is_read_with_the_same_limits(toml, text, said):
    assert from_json(toml('{"a": {"b": [1, null]}}', "sweep.json")) == {"a": {"b": [1, None]}}
    path = toml(text, "sweep.json")
    with pytest.raises(InputError) as refused:
        from_json(path)
    assert str(refused.value).startswith(f"{path} {said}")


def test_a_trace_is_a_description_to_repeat(tmp_path):
    trace = run(
        problem="quadratic", algorithm="vrdbo", settings={"batch": 8}, steps=3, seed=4, out=tmp_path / "a.h5"
    )
    repeated = description_from(tmp_path / "a.h5", {"steps": 5}, ["algorithm.eta=0.2"])
    assert (repeated.steps, repeated.seed, repeated.out, repeated.nodes) == (5, 4, None, 8)
    assert repeated.algorithm.settings["eta"] == 0.2
    assert repeated.algorithm.settings["batch"] == 8
    described = trace.description
    assert description_from(tmp_path / "a.h5", {}, None).resolve().portable() == described


def test_a_trace_of_python_objects_is_refused(tmp_path):
    import numpy as np

    run(problem="quadratic", topology=np.full((2, 2), 0.5), steps=1, out=tmp_path / "own.h5")
    with pytest.raises(InputError, match="was made with its own topology; repeat it from the script"):
        from_file(tmp_path / "own.h5")


def test_another_algorithm_does_not_inherit_the_first_ones_settings():
    below = {"algorithm": {"name": "mdbo", "estimator": "momentum", "eta": 0.1}, "steps": 3}
    above = merge(parse_assignments(["algorithm.batch=5"]), {"algorithm": "dsbo"})
    assert merge(below, above) == {"algorithm": {"name": "dsbo", "batch": 5}, "steps": 3}


def test_settings_without_a_name_go_with_any_algorithm_and_weights_with_any_graph():
    below = {"algorithm": {"batch": 50}, "topology": {"name": "ring", "weights": "lazy"}}
    assert merge(below, {"algorithm": "dsbo", "topology": "torus"}) == {
        "algorithm": {"name": "dsbo", "batch": 50},
        "topology": {"name": "torus", "weights": "lazy"},
    }


@pytest.mark.parametrize(
    ("below", "above", "merged"),
    [
        ("gossip", {"y": "ed"}, {"name": "gossip", "y": "ed"}),
        ({"y": "ed"}, "gossip", {"name": "gossip", "y": "ed"}),
        ({"name": "atc", "y": "ed"}, "gossip", {"name": "gossip"}),
        ({"name": "atc", "y": "ed"}, {"x": "extra"}, {"name": "atc", "x": "extra", "y": "ed"}),
    ],
)
def test_parts_that_differ_by_variable_are_merged_like_sections(below, above, merged):
    part = merge({"algorithm": {"mixing": below}}, {"algorithm": {"mixing": above}})
    assert part == {"algorithm": {"mixing": merged}}


def test_a_flag_for_all_variables_and_an_assignment_for_one_go_together(tmp_path):
    described = description_from(None, {"algorithm": "nc-soba", "mixing": "ed"}, ["algorithm.mixing.y=extra"])
    settings = described.resolve().algorithm.settings
    assert settings["mixing"] == {"name": "ed", "y": "extra"}
    out = tmp_path / "a.h5"
    run(problem="quadratic", algorithm="nc-soba", settings={"mixing": settings["mixing"]}, steps=1, out=out)
    again = description_from(out, {}, ["algorithm.mixing.x=gossip"]).resolve().algorithm.settings
    assert again["mixing"] == {"name": "gossip", "y": "extra", "z": "ed"}
    assert (
        description_from(out, {"mixing": "gossip"}, None).resolve().algorithm.settings["mixing"] == "gossip"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_toml_of_editors_of_all_systems_is_read(tmp_path, encoding, end):
    path = tmp_path / "run.toml"
    path.write_bytes(end.join(["# Zürich", "steps = 3", "", "[algorithm]", "eta = 0.5"]).encode(encoding))
    assert from_file(path) == {"steps": 3, "algorithm": {"eta": 0.5}}
