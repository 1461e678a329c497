"""The page of the trace schema: every standard variable, by its dimensions, and every attribute of the file."""

from __future__ import annotations

from itertools import groupby

from extensions.markdown import code, inline, page, table
from p2pbo.trace import ATTRIBUTES, SCHEMA, Field


def trace_page() -> str:
    """Return the page."""
    by_dims = groupby(
        sorted(SCHEMA.values(), key=lambda field: ORDER.index(field.dims)), lambda field: field.dims
    )
    return page(
        "# Trace schema",
        "A trace is one HDF5 file that is valid netCDF-4. It holds those of these variables that its run has, and "
        "further figures of its problem. [How to read it](../how-to/read-traces.md).",
        *(dims_section(dims, list(fields)) for dims, fields in by_dims),
        attributes_section(),
    )


ORDER = list(dict.fromkeys(field.dims for field in SCHEMA.values()))


def dims_section(dims: tuple[str, ...], fields: list[Field]) -> str:
    """Return the variables of some dimensions."""
    rows = [
        (code(field.name), inline(meaning(field)), "" if field.units == "1" else field.units, field.dtype)
        for field in fields
    ]
    return page(f"## By {', '.join(dims)}", table(("variable", "meaning", "unit", "type"), rows)).rstrip()


def meaning(field: Field) -> str:
    """Return what a variable is, with what it is where each node has a lower level of its own."""
    own = f"; with a lower level of each node's own: {field.own_long_name}" if field.own_long_name else ""
    return f"{field.long_name}{own}"


def attributes_section() -> str:
    """Return the attributes of the file, and which traces have them."""
    rows = [
        (
            code(attribute.name),
            inline(attribute.meaning),
            inline(attribute.found) or "always",
            attribute.dtype,
        )
        for attribute in ATTRIBUTES.values()
    ]
    said = (
        "Of the file as a whole: `trace.attributes` in Python, `attrs` of the xarray dataset, `ncdump -h` in a shell. "
        "Traces of earlier versions may lack some."
    )
    return page("## Attributes", said, table(("attribute", "meaning", "where", "type"), rows)).rstrip()
