"""The names of methods as papers write them, and those of single-node methods that are one of p2pbo's with one node.

They stand apart from the methods, so that a plot of traces need not import any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_IN_CAPITALS = {
    "async-mdbo": "Async-MDBO",
    "async-soba": "Async-SOBA",
    "async-vrdbo": "Async-VRDBO",
    "fedavg": "FedAvg",
    "fedmbo": "FedMBO",
    "fednest": "FedNest",
    "fedrolex": "FedRolex",
    "lopa-gt": "LoPA-GT",
    "lopa-lg": "LoPA-LG",
    "protonet": "ProtoNet",
    "static": "Static",
}
"""The names that are no acronyms, by what ``--algorithm`` calls them."""


def method_name(name: str) -> str:
    """Return a method's name as its paper writes it: FedMBO for fedmbo, and capitals for all others: MDBO."""
    return NOT_IN_CAPITALS.get(name, name.upper())


@dataclass(frozen=True)
class SingleNodeMethod:
    """A method of the literature on one machine, which is a registered one with one node.

    Attributes:
        name: as its paper writes it.
        paper: author and year.
        algorithm: what ``--algorithm`` calls the method that it is with one node.
        settings: what that method's settings have to be besides the step sizes.
    """

    name: str
    paper: str
    algorithm: str
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """Say what it is here."""
        return f"{self.name} ({self.paper}) is {self.algorithm} with one node"

    @property
    def flags(self) -> str:
        """The flags of ``p2pbo run`` that run it."""
        settings = (f" --set algorithm.{name}={value}" for name, value in self.settings.items())
        return f"--algorithm {self.algorithm} --nodes 1{''.join(settings)}"


SINGLE_NODE_METHODS: Mapping[str, SingleNodeMethod] = {
    # X⁺ = X − αDx, Y⁺ = Y − βDy, Z⁺ = Z − γDz, all at the same point; no ball around z
    "soba": SingleNodeMethod("SOBA", "Dagréou 2022", "nc-soba", {"radius": "off"}),
    # the same, but X⁺ = X − αH, H⁺ = (1 − θ) H + θDx
    "ma-soba": SingleNodeMethod("MA-SOBA", "Chen, Xiao 2023", "cm-soba", {"radius": "off"}),
    # T steps on y, then a step on x along fx − hxy(p) at the new y, p the Neumann series with a batch for each factor
    "stocbio": SingleNodeMethod("stocBiO", "Ji 2021", "fedmbo"),
    # the same with a product of a drawn number of factors, and one step on y
    "ttsa": SingleNodeMethod("TTSA", "Hong 2020", "fedmbo", {"inner_steps": 1, "neumann": "random"}),
    # the same with T steps on y
    "alset": SingleNodeMethod("ALSET", "Chen, Sun 2021", "fedmbo", {"neumann": "random"}),
    # STORM for both variables, stepped at the same point, with the series or with a drawn product
    "mrbo": SingleNodeMethod("MRBO", "Yang, Ji 2021", "vrdbo"),
    "sustain": SingleNodeMethod("SUSTAIN", "Khanduri 2021", "vrdbo", {"neumann": "random"}),
}
"""Single-node methods by the name that people look for: with one node W is 1, and the paper's updates remain."""
