"""The work of the benchmark on a small case: what is missing is done once, and anew only for what has changed."""

from pathlib import Path

import benchmark.cells
import benchmark.tuning
import benchmark.work
import pytest
from benchmark.budgets import Budget
from benchmark.cases import CASES
from benchmark.conditions import on
from benchmark.links import LINKS, SLOW
from benchmark.measuring import measure
from benchmark.methods import Entrant
from benchmark.sources import _code, method_files
from benchmark.tuning import tune, tuning_key
from benchmark.work import advance
from small_case import TWO, bench, cell, names, small_case, targets_of

import p2pbo
from p2pbo.runner.tuning.parameter import Choices


@pytest.fixture
def case():
    return small_case()


def test_a_killed_benchmark_goes_on_and_changed_methods_alone_begin_anew(case, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark.work, "COMPARISONS", ())
    done = []
    assert not advance([bench(case, tmp_path)], 0.0, done.append)  # the time is over before it begins
    assert not done

    def killed(cell, targets):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        measured = []
        patch.setattr(
            benchmark.work,
            "measure",
            lambda *parts: killed(*parts) if measured else measured.append(parts) or measure(*parts),
        )
        with pytest.raises(KeyboardInterrupt):
            advance([bench(case, tmp_path)], 1000.0, done.append)
    words = [line.split()[1] for line in done]
    assert words == ["search", "search", "targets:", "factor", "factor", "d-soba,ring,1:"]
    assert not bench(case, tmp_path).held.is_measured()
    done.clear()
    assert advance([bench(case, tmp_path)], 1000.0, done.append)
    assert bench(case, tmp_path).held.is_measured()
    assert [line.split()[1] for line in done] == [
        "sparkle-ed,ring,1:",
        "d-soba,torus,1:",
        "sparkle-ed,torus,1:",
    ]
    assert names(bench(case, tmp_path)) == []
    text = (tmp_path / "small.json").read_text()
    bench(case, tmp_path).held.write()
    assert (tmp_path / "small.json").read_text() == text

    def changed(run):
        return "other" if run.algorithm.name == "d-soba" else original(run)

    original = benchmark.cells.source_digest
    for module in (benchmark.cells, benchmark.tuning):
        monkeypatch.setattr(module, "source_digest", changed)
    own = ["search d-soba", "factor of d-soba,ring", "d-soba,ring,1", "d-soba,torus,1"]
    assert names(bench(case, tmp_path)) == own
    held = bench(small_case(TWO[1:]), tmp_path)
    assert names(held) == []
    assert set(held.held.tuned) == {method for method, _, _ in held.held.cells} == {"sparkle-ed"}


def test_step_sizes_are_those_that_arrive_first(case, tmp_path, monkeypatch):
    """The search takes the lowest end, where others have arrived sooner; a third of its step is too slow for any."""
    monkeypatch.setattr(benchmark.work, "COMPARISONS", ())
    whole = bench(case, tmp_path)
    assert advance([whole], 1000.0, lambda line: None)
    factors = {name: whole.held.scaled[name, "ring"].factor for name in ("d-soba", "sparkle-ed")}
    assert {*factors.values()} != {1.0}
    for entrant in case.entrants:
        found = whole.held.tuned[entrant.name].settings["algorithm.alpha"]
        for topology in ("ring", "torus"):
            settings = whole.cell(entrant, on(topology), 1).settings
            assert settings["algorithm.alpha"] == pytest.approx(factors[entrant.name] * found)


def test_ranges_grow_until_the_best_is_inside(case, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark.tuning, "SEARCHES", 3)
    space = {"algorithm.alpha": Choices((0.001, 0.002, 0.004)), "algorithm.beta": Choices((0.1, 0.2, 3000.0))}
    entrant = Entrant("d-soba", "", "", {"algorithm": "d-soba", "algorithm.gamma": 0.1}, space)
    found = tune(case, entrant, Budget(4, 1, ("ring",)), Path("data"), tmp_path)
    assert found.searches > 1
    assert set(found.ranges["algorithm.alpha"]) > {0.001, 0.002, 0.004}
    assert found.value < found.start


@pytest.mark.parametrize("name", ["mdbo", "ma-dsbo", "async-soba"])
def test_seconds_on_slow_links_are_those_of_the_whole_run_there(case, name):
    ends = p2pbo.run(**run_of(cell(case, name), "fast"))
    found = measure(cell(case, name), targets_of(float(ends.values("hyper_objective")[40])))
    slow = p2pbo.run(**{**run_of(cell(case, name), SLOW), "steps": 400})
    fast, goal = ends.values("hyper_objective"), float(ends.values("hyper_objective")[40])
    row = int((fast <= goal).argmax())
    assert found.levels[1][:3] == pytest.approx(
        [
            ends.values("step")[row],
            ends.values("bytes_sent")[row].mean() / 1e6,
            ends.values("modelled_time")[row],
        ],
        rel=1e-5,
    )
    there = int((slow.values("hyper_objective") <= goal).argmax())
    assert there > 0  # it is reached there, too
    assert found.levels[1][3] == pytest.approx(slow.values("modelled_time")[there], rel=1e-5)


def run_of(cell, link):
    """The run of a cell as p2pbo.run takes it."""
    described = cell.description(link).model_dump()
    named = {
        key: described[key]
        for key in (
            "steps",
            "nodes",
            "log_every",
            "seed",
            "data_seed",
            "exact",
            "compute_time",
            "asynchronous",
        )
    }
    algorithm = described["algorithm"]
    return {
        **named,
        "algorithm": algorithm.pop("name"),
        "settings": algorithm,
        "problem": described["problem"],
        "topology": with_links(LINKS[link]),
    }


def with_links(link):
    import networkx as nx

    ring = nx.cycle_graph(16)
    for name, value in link.items():
        nx.set_edge_attributes(ring, value, name.partition(".")[2])
    return ring


def test_what_diverges_or_is_refused_reaches_nothing(case):
    targets = targets_of(0.0)
    far = measure(cell(case, "d-soba", **{"algorithm.alpha": 500.0}), targets)
    assert (far.ended, far.levels) == ("diverged", [None, None])
    refused = measure(cell(case, "sparkle-ed", "one-peer-exponential"), targets)
    assert refused.ended.startswith("refused: mixing ed")
    assert refused.levels == [None, None]
    assert measure(cell(case, "sparkle-gt", "one-peer-exponential"), targets).ended == "steps"  # by push-pull


def test_the_files_of_a_method_are_those_of_its_parts(case):
    files = {path.name for path in method_files(cell(case, "mdbo").description())}
    assert {"gao2023.py", "neumann.py", "momentum.py", "tracking.py", "constant.py", "identity.py"} <= files
    assert not {"tracked.py", "ed.py", "storm.py", "simulation.py"} & files
    assert "ledger.py" in {path.name for path in method_files(cell(case, "async-soba").description())}


def test_comments_and_docstrings_are_no_change(tmp_path):
    texts = (
        '"""One."""\nx = 1  # one\ndef f():\n    """Two."""\n',
        "x = 1\ndef f(): pass\n",
        "x = 2\ndef f(): pass\n",
    )
    paths = [tmp_path / f"{number}.py" for number in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    one, same, other = map(_code, paths)
    assert one == same != other


@pytest.mark.parametrize("name", CASES)
def test_keys_are_the_same_wherever_the_data_lie(name):
    case = CASES[name]
    (here,) = {
        tuning_key(case, case.entrants[0], case.budgets["full"], Path(folder))
        for folder in ("data", "/some/where")
    }
    assert here != tuning_key(case, case.entrants[0], case.budgets["small"], Path("data"))
    assert not case.runs_with(Path("nowhere")) or case.data is None
