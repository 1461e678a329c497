"""Draw docs/explanation/rooms.svg: the rooms of the package on their floors, and who imports whom, from the imports.

    python tools/draw_rooms.py

A room stands one floor above the highest room that it imports. An arrow that follows from others is left out: where
A imports B and B imports C, A may import C. Everything else that rooms import is the ground floor.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "explanation" / "rooms.svg"
COLUMNS = {
    "data": 0.0,
    "compression": 1.0,
    "topology": 2.0,
    "trace": 3.0,
    "problems": 0.0,
    "network": 1.5,
    "analysis": 3.3,
    "algorithms": 0.75,
    "asynchronous": 0.0,
    "config": 1.1,
    "runner": 1.5,
    "cli": 1.5,
}
"""Where a room stands on its floor."""
WIDTH, HEIGHT, COLUMN, FLOOR = 192, 94, 216, 130


def imports(path: Path) -> Iterator[str]:
    """Yield the rooms and single files of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("p2pbo."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "p2pbo":
            yield from (alias.name for alias in node.names)


def who_imports_whom(package: Path) -> nx.DiGraph[str]:
    """Return the graph of imports, from rooms to rooms and to the ground floor."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for room in COLUMNS:
        for path in (package / room).rglob("*.py"):
            graph.add_edges_from((room, other) for other in imports(path) if other != room)
    return graph


def arrows(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """Return the imports among rooms, without those that follow from others.

    Raises:
        networkx.NetworkXError: there is a circle of imports.
    """
    return nx.transitive_reduction(graph.subgraph(COLUMNS))


def floors(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Return the floor of each room: 1 where it imports no other."""
    levels = nx.topological_generations(graph.reverse())
    return {room: floor for floor, level in enumerate(levels, start=1) for room in level}


def box(x: float, y: float, width: float, name: str, inside: str) -> str:
    """Return a box with its top left corner at (x, y)."""
    lines = textwrap.wrap(inside, int(width / 6.2))
    text = [f'<text x="{x + width / 2:g}" y="{y + 19:g}" class="room">{name}</text>']
    text += [
        f'<text x="{x + width / 2:g}" y="{y + 35 + 13 * n:g}">{line}</text>' for n, line in enumerate(lines)
    ]
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT}" rx="4"/>' + "".join(text)


def contents(package: Path, room: str) -> str:
    """Return the names of a room's folders, or of its files where it has no folders."""
    names = [path.parent.name for path in (package / room).glob("*/__init__.py")]
    names = names or [path.stem for path in (package / room).glob("[!_]*.py")]
    return "\xa0· ".join(name.replace("_", "\xa0") for name in sorted(names))


def draw(package: Path = ROOT / "p2pbo") -> str:
    """Return the picture."""
    imported = who_imports_whom(package)
    graph = arrows(imported)
    floor = floors(graph)
    top = max(floor.values())
    corner: Mapping[str, tuple[float, float]] = {
        room: (16 + COLUMN * column, 16 + FLOOR * (top - floor[room])) for room, column in COLUMNS.items()
    }
    lines = [
        f'<line x1="{x + WIDTH / 2:g}" y1="{y + HEIGHT:g}" x2="{u + WIDTH / 2:g}" y2="{v - 2:g}"/>'
        for room, other in sorted(graph.edges)
        for (x, y), (u, v) in [(corner[room], corner[other])]
    ]
    wide, high = 32 + round(max(COLUMNS.values()) * COLUMN) + WIDTH, 32 + FLOOR * top + HEIGHT
    boxes = [box(*corner[room], WIDTH, room, contents(package, room)) for room in sorted(COLUMNS)]
    boxes.append(
        box(16, 16 + FLOOR * top, wide - 32, "for all", " · ".join(sorted(imported.nodes - COLUMNS.keys())))
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">',
            "<style>text{font:11px sans-serif;text-anchor:middle;fill:#333} .room{font:bold 14px sans-serif}",
            "rect{fill:#eef3f8;stroke:#5b7795} line{stroke:#5b7795;stroke-width:1.5;marker-end:url(#tip)}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b7795"/></marker></defs>',
            f'<rect width="{wide}" height="{high}" style="fill:#fff;stroke:none"/>',
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw())
