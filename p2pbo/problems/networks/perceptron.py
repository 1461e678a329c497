"""Networks of linear layers, for any rows."""

from __future__ import annotations

from p2pbo.problems.networks.backbone import Backbone, affine, chain


def linear(features: int) -> Backbone:
    """Return the empty backbone: rows represent themselves."""
    return Backbone({}, features, lambda _, rows: rows, chain({}))


def mlp(features: int, hidden: int) -> Backbone:
    """Return a backbone of one hidden layer."""
    layers = {"hidden": (hidden, features)}
    return Backbone(layers, hidden, lambda x, rows: affine(x, "hidden", rows).relu(), chain(layers))
