"""The marker of a description's field for the flag of the command line that sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from p2pbo.registry import Registry


@dataclass(frozen=True)
class Flag:
    """What a flag has that does not follow from its field's name, type, default and description.

    Attributes:
        name: the flag as a keyword, such as ``link_drop``; "": the field's name.
        default: the default as help shows it; "": the field's own.
        choices: what the value names; help lists its entries behind the field's description.
        also: further choices, as text behind the entries.
        metavar: what help writes for the value.
        kind: the type of the value where it is not the field's.
        before: the flag before which help shows this one; "": in the order of the fields.
    """

    name: str = ""
    default: str = ""
    choices: Registry[Any] | None = None
    also: str = ""
    metavar: str | None = None
    kind: type | None = None
    before: str = ""
