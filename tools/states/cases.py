"""Small runs that together cross every algorithm with every kind of channel, link and option, by name.

Keywords are those of `p2pbo.run`, which stay; a run that is refused belongs to what is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import networkx as nx

from states import own_problem

Given = dict[str, Any]

BASE: Given = {"nodes": 6, "steps": 12, "log_every": 4, "seed": 3, "threads": 1, "stall_timeout": 60.0}
BATCH: Given = {"settings": {"batch": 5}}
QUADRATIC: Given = {**BATCH, "problem": {"name": "quadratic", "samples": 16}}
LOGREG: Given = {
    **BATCH,
    "problem": {"name": "logreg-hpo", "validation": 0.3},
    "data": "a9a",
    "steps": 4,
    "exact": "off",
}


def ring_of_unequal_links() -> nx.Graph:
    """A ring whose edges differ in bandwidth (bytes per second) and latency (ms)."""
    ring = nx.cycle_graph(BASE["nodes"])
    for number, (_, _, attributes) in enumerate(ring.edges(data=True)):
        attributes |= {"bandwidth": 1000 * (1 + number % 3), "latency": 1 + number % 2}
    return ring


CODECS: dict[str, Given] = {
    "exact": {},
    "randk": {"codec": "randk:0.4"},
    "topk": {"codec": "topk:0.4"},
    "sign": {"codec": "sign"},
    "qsgd": {"codec": "qsgd:4"},
    "msc": {"codec": "msc:2:randk:0.4"},
    "masked": {"codec": "randblock:0.4", "channel": "masked"},
    "difference": {"codec": "randk:0.4", "channel": "difference", "consensus_step": 0.3},
    "node-scope": {"codec": "randk:0.4", "codec_scope": "node"},
    "by-variable": {"codec": "x=natural,y=cast:f16", "codec_scope": "node"},
    "by-bandwidth": {"codec": "randk:0.3", "codec_by": "bandwidth", "topology": ring_of_unequal_links()},
}
LINKS: dict[str, Given] = {
    "drop": {"links": {"drop": 0.2}},
    "delay": {"links": {"delay": 2}},
    "stragglers": {"links": {"stragglers": 0.2}},
    "matching": {"links": {"schedule": "matching"}},
    "random edges": {"links": {"schedule": "random:0.5", "drop": 0.1}, "topology": "er:0.6"},
    "drop topk": {"links": {"drop": 0.2}, "codec": "topk:0.4"},
    "delay randk": {"links": {"delay": 2}, "codec": "randk:0.4"},
    "delay qsgd": {"links": {"delay": 1, "drop": 0.1}, "codec": "qsgd:4"},
}
OTHERS: dict[str, Given] = {
    "float32": {"dtype": "float32"},
    "float32 qsgd": {"dtype": "float32", "codec": "qsgd:4"},
    "whole batches": {"settings": {"batch": "all"}},
    "seven nodes": {"nodes": 7, "topology": "er:0.5", "weights": "lazy:metropolis", "checksum": "on"},
    "flops": {"flops": "on", "exact": "on", "topology": "star"},
}
ON_LOGREG: dict[str, Given] = {name: CODECS[name] for name in ("exact", "randk", "topk")}

PARTS: dict[str, Sequence[Any]] = {
    "hypergradient": ("cg", "finite-differences", "neumann", "tracked"),
    "mixing": (
        *("atc", "atc-tracking", "ed", "error-feedback", "error-feedback-late", "extra", "gossip"),
        *("innovations", "innovations-momentum", "tracking"),
    ),
    "estimator": ("momentum", "sgd", "storm"),
}
SOBA = ("c-soba", "cm-soba", "cm-soba-msc", "ef-soba", "ef-soba-msc")
SINGLE_LEVEL = ("fedrolex", "fiarse", "oap", "static")
"""Methods that are FedAvg where no node works on a submodel."""
SUBMODELS = (*SINGLE_LEVEL, "rabo", "rafbo")
OPTIONS: dict[str, Sequence[Given]] = {
    "mdbo": (
        {"neumann": "random"},
        {"neumann": "random-paper", "neumann_batches": "shared"},
        {"schedule": "cosine:0.1"},
        {"schedule": {"x": "inverse-sqrt:5"}},
        {"mixing": {"x": "ed", "y": "atc-tracking"}},
    ),
    "vrdbo": ({"first_batch": 9},),
    "fedmbo": ({"hessian": "sampled"}, {"neumann": "random"}),
    "fednest": ({"inner_steps": 3},),
    "fedavg": ({"loss": "lower"},),
    "rafbo": ({"coordinates": 3}, {"coordinates": 3, "rafbo_form": "literal"}, {"unroll": 2}),
    **{name: ({"tracking": True}, {"tracking": False}) for name in SOBA},
}
LAGGING: Given = {"delta_upper": 0.5, "delta_lower": 0.7}
CUT: Sequence[Given] = ({"capacity": "1,1/2,1/4"}, {"capacity": "1,1/2", "masked": "x", "groups": 4})
CUT_OTHERWISE: Sequence[Given] = tuple(
    {"capacity": "1,1/2", "masks": masks} for masks in ("importance", "random", "rolling", "static")
)
ACROSS = (
    *("exact", "randk", "topk", "difference", "node-scope", "by-variable", "drop", "delay", "drop topk"),
    *("delay qsgd", "matching", "seven nodes"),
)
"""Those channels and links of which messages between ranks are of a kind of their own."""
CUT_CHANNELS = ("exact", "topk", "randk", "node-scope", "drop", "delay", "delay qsgd")


def cases(algorithms: Sequence[str], omniglot: Path, across: bool) -> Iterator[tuple[str, Given]]:
    """All runs by name, or those ``across`` ranks; the drawings of the few-shot runs lie at ``omniglot``."""
    if across:
        yield from _across(algorithms)
        return
    for algorithm in algorithms:
        for name, given in (CODECS | LINKS | OTHERS).items():
            if algorithm not in SINGLE_LEVEL or name in ON_LOGREG:
                yield f"quadratic {algorithm} {name}", made(QUADRATIC, given, algorithm=algorithm)
        for name, given in ON_LOGREG.items():
            yield f"logreg {algorithm} {name}", made(LOGREG, given, algorithm=algorithm)
    yield from _options()
    yield from _submodels()
    yield from _compositions()
    yield from _problems(f"omniglot:{omniglot}")


def _across(algorithms: Sequence[str]) -> Iterator[tuple[str, Given]]:
    channels = CODECS | LINKS | OTHERS
    for algorithm, name in product(algorithms, ACROSS):
        cut: Given = {"settings": CUT[0]} if algorithm in SUBMODELS else {}
        given = made(QUADRATIC, channels[name], cut, algorithm=algorithm, steps=4, log_every=2)
        yield f"quadratic {algorithm} {name}", given
    for algorithm in algorithms:
        yield f"logreg {algorithm} topk", made(LOGREG, CODECS["topk"], algorithm=algorithm, steps=2)


def made(*given: Mapping[str, Any], **more: Any) -> Given:
    """The keywords of a run: later ones count, settings are put together."""
    found: Given = {}
    for part in (BASE, *given, more):
        settings = {**found.get("settings", {}), **part.get("settings", {})}
        found |= {**part, "settings": settings}
    return found


def _options() -> Iterator[tuple[str, Given]]:
    lagging = [("ef-soba", LAGGING), ("ef-soba-msc", LAGGING)]
    chosen = [(algorithm, settings) for algorithm, options in OPTIONS.items() for settings in options]
    for (algorithm, settings), codec in product([*chosen, *lagging], ("exact", "randk")):
        given = made(QUADRATIC, CODECS[codec], {"settings": settings}, algorithm=algorithm)
        yield f"quadratic {algorithm} {settings} {codec}", given


def _submodels() -> Iterator[tuple[str, Given]]:
    channels = CODECS | LINKS
    chosen = [*product(SUBMODELS, CUT), *product(("rabo", "rafbo", "static"), CUT_OTHERWISE)]
    for (algorithm, settings), name in product(chosen, CUT_CHANNELS):
        given = made(QUADRATIC, channels[name], {"settings": settings}, algorithm=algorithm)
        yield f"quadratic {algorithm} {settings} {name}", given


def _compositions() -> Iterator[tuple[str, Given]]:
    for hypergradient, mixing in product(PARTS["hypergradient"], PARTS["mixing"]):
        for number, estimator in enumerate(PARTS["estimator"]):
            parts = {"hypergradient": hypergradient, "mixing": mixing, "estimator": estimator}
            given = CODECS[("exact", "topk", "randk")[number]]
            name = f"quadratic {hypergradient} {mixing} {estimator}"
            yield name, made(QUADRATIC, given, {"settings": parts}, algorithm="mdbo", steps=6)


def _problems(omniglot: str) -> Iterator[tuple[str, Given]]:
    data = {"name": "synthetic", "samples": 400, "features": 5, "classes": 3, "test_fraction": 0.2}
    problems: dict[str, Given] = {
        "data-cleaning": {"problem": "data-cleaning", "partition": "dirichlet-mix:1"},
        "hyper-representation": {
            "problem": {"name": "hyper-representation", "hidden": 6},
            "partition": "iid",
        },
        "loss-tuning": {"problem": {"name": "loss-tuning", "imbalance": 0.3}, "partition": "iid"},
        "synthetic-linear": {"problem": {"name": "synthetic-linear", "features": 7}, "partition": "size"},
        "own": {"problem": own_problem.made(BASE["nodes"])},
        "few-shot": {
            "problem": {"name": "few-shot", "ways": 2, "tasks": 6, "test_tasks": 4, "width": 4},
            "data": omniglot,
            "nodes": 3,
        },
    }
    cut = {"settings": {"capacity": "1,1/2", "masked": "y", "structure": "entries"}}
    bounded = {"settings": {"lipschitz": 4.0}}
    methods: dict[str, Given] = {
        "mdbo": bounded,
        "cm-soba": CODECS["qsgd"],
        "fedavg": CODECS["topk"],
        "ma-dsbo": CODECS["randk"],
        "rabo": {"settings": {**cut["settings"], **bounded["settings"]}},
        "rafbo": {"settings": {**cut["settings"], "coordinates": 2}},
        "fo-maml": {},
        "protonet": CODECS["topk"],
    }
    for (problem, given), (algorithm, more) in product(problems.items(), methods.items()):
        yield (
            f"{problem} {algorithm}",
            made({"data": data}, {"settings": {"batch": 2}}, given, more, algorithm=algorithm, steps=4),
        )
