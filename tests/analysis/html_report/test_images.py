import itertools

import pytest

from p2pbo.analysis.groups import group_by_seed
from p2pbo.analysis.html_report.images import choose_facet


@pytest.mark.parametrize(
    ("varied", "part"),
    [
        ({"codec": ("none", "sign"), "topology": ("ring", "star")}, "topology"),
        ({"codec": ("none", "sign"), "partition": ("iid", "dirichlet:0.1")}, "codec"),
        ({"codec": ("none", "sign")}, None),
        ({"codec": ("none", "sign"), "nodes": tuple(range(2, 12))}, "codec"),
        ({"codec": ("none",) * 2}, None),
        ({"codec": ("none", "sign"), "data": ("a9a", "mnist")}, "data"),
        (
            {"problem": ({"name": "quadratic", "noise": 0.1}, {"name": "quadratic", "noise": 0.2})},
            "problem.noise",
        ),
    ],
)
def test_panels_are_for_what_does_not_tell_all_runs_apart(traced, varied, part):
    traces = [
        traced(**dict(zip(varied, values, strict=True))) for values in itertools.product(*varied.values())
    ]
    assert choose_facet(group_by_seed(traces)) == part
