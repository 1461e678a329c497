from p2pbo.analysis import trace_labels


def test_algorithms_are_told_apart_by_name_alone(traced):
    traces = [traced("mdbo", settings={"eta": 0.1}), traced("vrdbo", settings={"eta": 0.2, "alpha1": 3})]
    assert trace_labels(traces) == ["MDBO", "VRDBO"]


def test_algorithms_are_called_as_in_their_papers(traced):
    traces = [traced(name) for name in ("fedmbo", "fednest", "sparkle-gt", "my-own")]
    assert trace_labels(traces) == ["FedMBO", "FedNest", "SPARKLE-GT", "MY-OWN"]


def test_settings_tell_apart_runs_of_one_algorithm_only(traced):
    traces = [
        traced("mdbo", settings={"eta": 0.1}),
        traced("mdbo", settings={"eta": 0.2}),
        traced("vrdbo", settings={"eta": 0.3}),
    ]
    assert trace_labels(traces) == ["MDBO, eta=0.1", "MDBO, eta=0.2", "VRDBO"]


def test_other_parts_that_differ(traced):
    traces = [
        traced(topology={"name": "ring"}, nodes=8, seed=1, dtype="float32"),
        traced(topology="torus", nodes=16, seed=2, dtype="float64"),
    ]
    assert trace_labels(traces) == ["ring, 8 nodes, seed 1, float32", "torus, 16 nodes, seed 2, float64"]


def test_missing_parts_are_tolerated(traced):
    assert trace_labels([traced(codec={"name": "topk"}), traced()]) == ["topk", "trace 2"]


def test_file_names_where_nothing_differs(traced):
    assert trace_labels([traced(stem="a"), traced(stem="b")]) == ["a", "b"]


def test_file_names_beside_labels_that_several_traces_have(traced):
    traces = [traced("mdbo", stem="a"), traced("mdbo", stem="b"), traced("vrdbo", stem="c")]
    assert trace_labels(traces) == ["MDBO (a)", "MDBO (b)", "VRDBO"]


def test_one_trace_has_the_name_of_its_file(traced):
    assert trace_labels([traced(stem="alone")]) == ["alone"]


def test_parts_that_differ_by_variable_are_written_as_people_say_them(traced):
    traces = [traced("d-soba", settings={"mixing": mixing}) for mixing in ("atc", {"name": "atc", "y": "ed"})]
    assert trace_labels(traces) == ["mixing=atc", "mixing=atc, y: ed"]


def test_what_a_run_does_not_say_is_not_named(traced):
    traces = [traced(topology={"name": "ring", "bandwidth": speed}) for speed in (None, 1e6)]
    assert trace_labels(traces) == ["trace 1", "bandwidth=1000000.0"]


def test_lengths_are_told_only_where_nothing_else_tells_runs_apart(traced):
    def long(trace, steps):
        trace.description["steps"] = steps
        return trace

    assert trace_labels([long(traced("mdbo"), 100), long(traced("vrdbo"), 200)]) == ["MDBO", "VRDBO"]
    assert trace_labels([long(traced(), 100), long(traced(), 200)]) == ["100 steps", "200 steps"]
