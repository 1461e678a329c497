"""What settings take, in words, from the annotations that check them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import EllipsisType
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from p2pbo.analysis.formatting import format_setting

TYPES = {"integer": "whole number", "number": "number", "boolean": "on or off", "string": "text"}
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def schema(annotation: Any) -> Mapping[str, Any]:
    """Return the JSON schema of what an annotation takes; empty where it has none."""
    try:
        return TypeAdapter(annotation).json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError):
        return {}


def takes(schema: Mapping[str, Any], code: Callable[[object], str] = str) -> str:
    """Return in words what a JSON schema takes: ``number > 0``, ``a, b``; values as ``code`` writes them.

    A description in the schema says it in words of its own: that of a text which is read further.
    """
    if "description" in schema:
        return str(schema["description"])
    if "anyOf" in schema:
        return " or ".join(filter(None, (takes(part, code) for part in schema["anyOf"])))
    if "const" in schema or "enum" in schema:
        return ", ".join(map(code, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return "; ".join(takes(part, code) for part in schema.get("prefixItems", []))
    if schema.get("format") == "path":
        return "path"
    bounds = [f"{sign} {schema[key]:,.10g}" for key, sign in BOUNDS.items() if key in schema]
    return " ".join([TYPES.get(str(schema.get("type")), ""), ", ".join(bounds)]).strip()


def default_text(default: Any, code: Callable[[object], str] = str) -> str:
    """Return a default as people write it; of None, what it stands for is said in the setting's meaning."""
    match default:
        case EllipsisType():
            return "must be given"
        case None:
            return "unset"
        case bool():
            return "on" if default else "off"
    return code(format_setting(default))
