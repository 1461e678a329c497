"""Units of users' modules: what a chain of layers tells, and which layers are refused."""

import numpy as np
import pytest
import torch
from torch import nn

from p2pbo import InputError, NodeData, Problem
from p2pbo.problems.submodels.module_units import units_of


def fixed(features):
    return nn.BatchNorm1d(features, track_running_stats=False)


def test_a_chain_of_linear_layers():
    units = units_of(
        nn.Sequential(nn.Linear(7, 5), fixed(5), nn.ReLU(), nn.Sequential(nn.Linear(5, 4, bias=False))),
        nn.Sequential(nn.Dropout(), nn.Linear(4, 6), nn.PReLU(), nn.Linear(6, 3)),
    )
    assert units.counts == {"x0.0": 5, "x0.3.0": 4, "y0.1": 6}
    assert units.x == {
        "0.weight": ("x0.0", None),
        "0.bias": ("x0.0",),
        "1.weight": ("x0.0",),
        "1.bias": ("x0.0",),
        "3.0.weight": ("x0.3.0", "x0.0"),
    }
    assert units.y == {
        "1.weight": ("y0.1", "x0.3.0"),
        "1.bias": ("y0.1",),
        "3.weight": (None, "y0.1"),
        "3.bias": (None,),
    }


def test_single_layers_and_flattened_maps():
    units = units_of(nn.Conv2d(1, 4, 3), nn.Linear(4 * 9, 2))
    assert units.counts == {"x0": 4}
    assert units.x == {"weight": ("x0", None, None, None), "bias": ("x0",)}
    assert units.y == {"weight": (None, "x0"), "bias": (None,)}
    within = units_of(
        y=nn.Sequential(nn.Conv1d(2, 4, 3), nn.MaxPool1d(2), nn.Flatten(), fixed(12), nn.Linear(12, 2))
    )
    assert within.counts == {"y0.0": 4}
    assert within.y["4.weight"] == (None, "y0.0")
    assert within.y["3.weight"] == ("y0.0",)


def test_chains_that_do_not_fit_have_whole_ends():
    """x weighs samples, y is another network."""
    units = units_of(
        nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3)),
        nn.Sequential(nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 2)),
    )
    assert units.counts == {"x0.0": 5, "y0.0": 6}
    assert units.x["2.weight"] == (None, "x0.0")
    assert units.y["0.weight"] == ("y0.0", None)


def test_what_lies_around_the_units_stays_whole():
    """What has no parameters may be anything before the first units and behind the last."""
    units = units_of(nn.Sequential(nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 3, 2), nn.ReLU(), nn.Flatten()))
    assert units is None  # one layer, whose outputs stay whole
    net = nn.Sequential(nn.Softmax(1), nn.Linear(4, 3), nn.Linear(3, 2), nn.LogSoftmax(1))
    assert units_of(y=net).counts == {"y0.1": 3}


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 5)

    def forward(self, rows):
        return rows + self.inner(rows)


class Doubled(nn.Sequential):
    def forward(self, rows):
        return super().forward(rows) * 2


def twice():
    layer = nn.Linear(5, 5)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(5, 2))


def tied():
    first, second = nn.Linear(5, 5), nn.Linear(5, 5)
    second.weight = first.weight
    return nn.Sequential(first, second, nn.Linear(5, 2))


def followed(*layers):
    """Five units before, an output layer behind."""
    return nn.Sequential(nn.Linear(4, 5), *layers, nn.Linear(5, 2))


def maps(*layers, inputs=5):
    """Five channels before, an output layer behind."""
    return nn.Sequential(nn.Conv2d(1, 5, 3), *layers, nn.Linear(inputs, 2))


REFUSED = {
    "own forward": (Residual, r"x0 \(Residual\) is no layer whose units are known"),
    "inside": (lambda: followed(nn.Sequential(Residual())), r"x0\.1\.0 \(Residual\) is no layer"),
    "own sequence": (lambda: Doubled(nn.Linear(4, 5)), r"x0 \(Doubled\) is no layer"),
    "layer norm": (lambda: followed(nn.LayerNorm(5)), r"x0\.1 \(LayerNorm\) is no layer"),
    "group norm": (lambda: maps(nn.GroupNorm(1, 5), nn.Flatten()), r"x0\.1 \(GroupNorm\) is no layer"),
    "softmax": (lambda: followed(nn.Softmax(1)), r"x0\.1 \(Softmax\) is no layer"),
    "recurrent": (lambda: nn.Sequential(nn.GRU(4, 5), nn.Linear(5, 2)), r"x0\.0 \(GRU\) is no layer"),
    "embedding": (lambda: nn.Sequential(nn.Embedding(4, 5), nn.Linear(5, 2)), r"x0\.0 \(Embedding\) is no"),
    "groups": (
        lambda: nn.Sequential(nn.Conv2d(1, 6, 3), nn.Conv2d(6, 6, 3, groups=3)),
        r"x0\.1 \(Conv2d\) has 3 groups of channels",
    ),
    "weight norm": (
        lambda: followed(nn.utils.parametrizations.weight_norm(nn.Linear(5, 5))),
        r"x0\.1 \(ParametrizedLinear\) is no layer",
    ),
    "twice": (twice, r"x0\.2 \(Linear\) shares its parameters with another layer"),
    "tied": (tied, r"x0\.1 \(Linear\) shares its parameters with another layer"),
    "unflattened": (maps, r"x0\.1 \(Linear\) does not take the 5 units of x0\.0 as they come \(maps\)"),
    "pooled units": (lambda: followed(nn.MaxPool1d(1)), r"x0\.1 \(MaxPool1d\) pools over the units of x0\.0"),
    "half flattened": (lambda: maps(nn.Flatten(2)), r"x0\.1 \(Flatten\) leaves some axes as they are"),
    "sequences": (
        lambda: nn.Sequential(nn.Linear(4, 5), nn.Flatten(), nn.Linear(15, 2)),
        r"x0\.2 \(Linear\) has 15 inputs for the 5 units of x0\.0",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_layers_whose_units_cannot_be_told_are_named(kind):
    module, said = REFUSED[kind]
    with pytest.raises(
        InputError, match=said + r".*; give units=…, or cut single entries: structure=entries"
    ):
        units_of(module())


def problem(**start):
    return Problem(
        lambda x, y, batch: (y["weight"] ** 2).sum(),
        lambda x, y, batch: (y["weight"] ** 2).sum(),
        nodes=[NodeData(torch.zeros(1), torch.zeros(1))],
        **start,
    )


def test_a_problem_asks_its_modules_only_when_it_is_asked():
    given = problem(dim_x=2, y0=nn.Linear(3, 2))
    assert given.units is None
    refused = problem(x0=Residual(), y0=nn.Linear(5, 2))
    assert refused.dim_x == 30
    with pytest.raises(InputError, match=r"x0 \(Residual\)"):
        refused.units  # noqa: B018
    joined = problem(x0=nn.Linear(4, 5), y0=nn.Linear(5, 2)).units
    assert joined.counts == {"x0": 5}
    part = joined.slice("y", {"weight": (2, 5), "bias": (2,)}, {"x0": np.array([1, 4])})
    assert part.entries.tolist() == [1, 4, 6, 9, 10, 11]
