"""The marker of a description's field for the flag of the command line that sets it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from p2pbo.registry import Registry


class Panel(StrEnum):
    """The panels of a run's help, in their order; the first one has the flags that everybody uses."""

    MAIN = "Options"
    METHOD = "Method"
    PROBLEM = "Problem"
    NETWORK = "Network"
    COMPRESSION = "Compression"
    LINKS = "Links"
    OUTPUT = "Output"
    CLUSTER = "Cluster and failures"


@dataclass(frozen=True)
class Flag:
    """What a flag has that does not follow from its field's name, type, default and description.

    Attributes:
        panel: the panel of help that shows it.
        name: the flag as a keyword, such as ``link_drop``; "": the field's name.
        default: the default as help shows it; "": the field's own.
        choices: what the value names; help lists its entries behind the field's description.
        listed: what ``p2pbo list`` calls the choices; help names that command in their place.
        also: further choices, as text behind the entries.
        metavar: what help writes for the value.
        kind: the type of the value where it is not the field's.
        before: the flag before which this one comes, in axes of sweeps too; "": in the order of the fields.
    """

    panel: Panel
    name: str = ""
    default: str = ""
    choices: Registry[Any] | None = None
    listed: str = ""
    also: str = ""
    metavar: str | None = None
    kind: type | None = None
    before: str = ""
