"""The compressed SOBA family: a server's iterates on the complete graph, the solution or a floor on a sparse one."""

import numpy as np
import pytest
from dense_nodes import DenseNodes, Draws
from listings import he2024
from listings.he2024 import SETTINGS
from stepping import assembled, final, oracles_and_sampler, quadratic, states, unequal_start

from p2pbo.compression import codec
from p2pbo.network import EdgeCodecs, Network
from p2pbo.network.channels.channel import DrawKeys as Keys
from p2pbo.topology import build

NODES, STEPS, SEED = 8, 100, 4
RADIUS = 2.0


def compressed(topology, spec, **more):
    specs = [spec] * len(topology.source)
    return EdgeCodecs(dict.fromkeys("xyz", specs), dict.fromkeys("xyz", spec), seed=SEED, **more)


def samples(sampler, step, size, rounds):
    """The step's R samples of every node, as the dense formulas take them."""
    upper, lower = sampler.batches(step, size, rounds, rounds)
    return [
        [Draws(xi[k], zeta[k], None, []) for k in range(NODES)] for xi, zeta in zip(upper, lower, strict=True)
    ]


def by_key(topology, spec, dims, rounds):
    """C_k with the draws of node k at node scope; MSC written out as in Algorithm 3."""
    coders = {name: codec(spec, dim) for name, dim in dims.items()}
    whole = {
        name: codec(f"msc:{rounds}:{spec}", dim) if rounds > 1 else coders[name] for name, dim in dims.items()
    }

    def compress(k, step, name, v):
        coder = whole[name]
        keys = Keys(SEED, f"{name}10", topology, "node").own(step, np.array([k]))
        wire, out = np.empty((1, coder.wire_bytes), np.uint8), np.empty((1, len(v)))
        coder.encode(v[None], keys, wire)
        coder.decode(wire, keys, out)
        return out[0]

    return compress


@pytest.mark.listing
@pytest.mark.parametrize("spec", ["randk:0.4", "qsgd:4", "none"])
@pytest.mark.parametrize(
    ("name", "tracking"),
    [
        *((name, {}) for name in SETTINGS),
        *((name, {"tracking": False}) for name in ("ef-soba", "ef-soba-msc")),
    ],
    ids=str,
)
def test_on_the_complete_graph_they_are_the_papers_server(name, tracking, spec):
    problem = quadratic(heterogeneity=1.0, samples=32)
    settings = SETTINGS[name]
    rounds = settings.get("rounds", 1)
    one = [V[0] for V in unequal_start(problem, variables="xyz")]
    topology = build("complete", NODES, weights="uniform")
    network = Network(topology, codecs=compressed(topology, spec, scope="node"))
    method = assembled(problem, name, batch=12, radius=RADIUS, **settings, **tracking)
    start = tuple(np.tile(v, (NODES, 1)) for v in one)
    found = final(problem, method, STEPS, start, network=network)

    _, sampler = oracles_and_sampler(problem)
    drawn = [samples(sampler, t, 12, rounds) for t in range(STEPS)]
    dims = {"x": problem.dim_x, "y": problem.dim_y, "z": problem.dim_y}
    own = {key: value for key, value in settings.items() if key != "rounds"}
    listing = getattr(he2024, name.removesuffix("-msc").replace("-", "_"))
    compress = by_key(topology, spec, dims, rounds)
    expected = listing(DenseNodes(problem, 1.0, 1), one, drawn, compress, radius=RADIUS, **own)
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            V, np.tile(reference, (NODES, 1)), rtol=0, atol=1e-10 * np.abs(reference).max()
        )


def test_without_a_codec_c_soba_is_nc_soba():
    problem = quadratic()
    start = unequal_start(problem, variables="xyz")
    found, expected = (
        final(problem, assembled(problem, name, batch=6, **TENTH), 30, start)
        for name in ("c-soba", "nc-soba")
    )
    for V, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(V, reference, atol=1e-12)


TENTH = {"alpha": 0.1, "beta": 0.1, "gamma": 0.1}


def norms_on_a_ring(name, spec, steps, problem=None, consensus_step=None, **settings):
    """‖∇Φ(x̄)‖ at the start and at the end: heterogeneous quadratic, ring of 8, full batches."""
    problem = problem or quadratic(**UNEQUAL)
    topology = build("ring", NODES)
    method = assembled(problem, name, steps=steps, **settings)
    start = unequal_start(problem, variables="xyz")
    lossy = compressed(topology, spec, consensus_step=consensus_step)
    network = Network(topology, codecs=lossy if spec != "none" else None)
    first, *_, last = states(problem, method, steps, start, network=network)
    return [np.linalg.norm(problem.exact(state.point[0].mean(0)).hypergradient) for state in (first, last)]


def test_error_feedback_with_tracking_reaches_the_solution_through_a_fifth_of_the_entries():
    start, end = norms_on_a_ring("ef-soba", "randk:0.2", 2400, **TENTH)
    assert start > 1
    assert end < 1e-10


@pytest.mark.parametrize("heterogeneity", [0.0, 1.0])
@pytest.mark.parametrize("spec", ["sign", "topk:0.1"])
def test_error_feedback_follows_biased_codecs_at_the_pace_of_none(spec, heterogeneity):
    """Unequal nodes agree on their states more slowly through these codecs: by the difference channel."""
    problem = quadratic(**{**UNEQUAL, "heterogeneity": heterogeneity}, dim_x=10, dim_y=10)
    _, end = norms_on_a_ring("ef-soba", spec, 800, problem=problem, consensus_step=0.3, **TENTH)
    _, exact = norms_on_a_ring("ef-soba", "none", 800, problem=problem, **TENTH)
    assert end < 2 * exact < 1e-3


@pytest.mark.parametrize(
    ("name", "settings"), [("c-soba", {}), ("cm-soba", {}), ("ef-soba", {"tracking": False})]
)
def test_the_others_stop_at_a_floor(name, settings):
    assert norms_on_a_ring(name, "randk:0.2", 600, **TENTH, **settings)[1] > 1e-3


@pytest.mark.parametrize("spec", ["none", "randk:0.2"])
def test_cd_bsvrgd_takes_as_many_steps_through_masks_as_without(spec):
    """η = ½, β = 0.1: without a codec 1.4e-10 is left after 4,200 steps and 1e-11 after 4,600."""
    half = {"eta": 0.5, **{f"alpha{v}": 2.0 for v in (1, 2, 3)}, **{f"beta{v}": 0.1 for v in (1, 2, 3)}}
    assert norms_on_a_ring("cd-bsvrgd", spec, 4600, **half)[1] < 1e-10


UNBIASED = ("randk:0.05", "qsgd:1", "natural")
VARIANTS = ("c-soba", "cm-soba", "ef-soba", "cm-soba-msc", "ef-soba-msc")


def each_once(names, specs):
    """All pairs, of which each name has one that takes no long test, and so each codec has one."""
    return [
        pytest.param(name, spec, marks=[] if (i - j) % len(specs) == 0 else pytest.mark.long)
        for i, name in enumerate(names)
        for j, spec in enumerate(specs)
    ]


@pytest.mark.parametrize(("name", "spec"), each_once(VARIANTS, UNBIASED))
def test_defaults_converge_with_unbiased_codecs_up_to_an_omega_of_twenty(name, spec):
    """Down to a floor for those that have one, and well below the start."""
    assert codec(spec, WIDE).omega <= 20
    start, end = norms_on_a_ring(name, spec, 500, problem=quadratic(**UNEQUAL, dim_x=WIDE, dim_y=WIDE))
    assert end < start / 2


WIDE = 40
UNEQUAL = {"heterogeneity": 1.0, "noise": 0.0, "samples": 2}
