"""What a user has written is tried before any node sends anything, alike on all ranks."""

import json
import warnings
from pathlib import Path

import inspecting
import numpy as np
import pytest
import torch
from inspecting import CASES, mean, problem, said, total

import p2pbo
from p2pbo import InputError
from p2pbo.errors import Notice


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_on_one_line(name):
    line = said(name)
    assert line.startswith(CASES[name][1])
    assert "\n" not in line


def test_all_ranks_refuse_alike_before_they_plan_an_exchange(either_build, tmp_path):
    either_build.program(2, Path(inspecting.__file__), tmp_path)
    for rank in (0, 1):
        assert json.loads((tmp_path / f"{rank}.json").read_text()) == {name: said(name) for name in CASES}


def run(given, algorithm="mdbo", **settings):
    return p2pbo.run(problem=given, algorithm=algorithm, topology="ring", steps=2, settings=settings)


def test_a_sum_over_all_rows_runs_with_a_notice():
    with pytest.warns(Notice, match="the upper loss grows with its rows like a sum"):
        summed = run(problem(upper=total), eta=0.01)
    assert summed.values("upper_loss")[0] == 6  # of 6 rows at y = 0, as it is written


@pytest.mark.parametrize("algorithm", ["rafbo", "fedavg", "dsgda-gt", "d-soba-fo"])
def test_methods_without_second_derivatives_run_without_them(algorithm):
    lower = CASES["a lost graph"][0]["lower"]
    sizes = {"alpha": 1e-3, "beta": 1e-3, "batch": 4}
    found = run(problem(lower=lower), algorithm, **sizes)
    expected = run(problem(lower=lambda x, y, batch: mean(x, y, batch) + (y**4).sum()), algorithm, **sizes)
    np.testing.assert_allclose(found.final.y, expected.final.y, rtol=1e-12)
    np.testing.assert_allclose(found.final.x, expected.final.x, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("algorithm", ["fednest", "ma-dsbo", "rabo", "sparkle-gt", "dsbo"])
def test_methods_with_second_derivatives_refuse_a_loss_without(algorithm):
    with pytest.raises(InputError, match="the lower loss cannot be differentiated twice"):
        run(problem(lower=CASES["a lost graph"][0]["lower"]), algorithm, batch=4)


def test_it_counts_as_nobodys_work_and_leaves_all_generators():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = p2pbo.run(problem=problem(), topology="ring", steps=0, flops="on")
    assert torch.rand(1) == expected
    assert trace.values("node_flops").tolist() == [[0] * inspecting.NODES]
    assert trace.values("node_oracle_time").tolist() == [[0] * inspecting.NODES]
