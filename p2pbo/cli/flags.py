"""The flags of a run as Typer's options, and the description that they make together with a file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from rich.markup import escape

from p2pbo.config import Description, from_file, merge, parse_assignments
from p2pbo.config.description import FILES
from p2pbo.config.flag import Panel
from p2pbo.config.run_flags import RUN_FLAGS, RunFlag
from p2pbo.config.sweep import TABLE, field_name, nested
from p2pbo.config.value_lists import parse_values
from p2pbo.errors import InputError
from p2pbo.runner.mpi_world import world

DEFAULT_PARENT = Path("runs/out")
"""The folder of the folders that many runs go to."""

Command = TypeVar("Command", bound=Callable[..., None])

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="RUN.toml",
        help="A description, or the name of one that comes with p2pbo; a trace (.h5) to repeat, or a checkpoint "
        "(.ckpt) to go on from.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on from the checkpoint beside --out; without one begin again, and do nothing where the run is "
        "complete.",
        rich_help_panel=Panel.CLUSTER,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any field, such as algorithm.eta=0.1; may be repeated."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table.", rich_help_panel=Panel.OUTPUT)]


def with_run_flags(*, lists: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that puts the flags of a run in the place of a command's ``**flags``.

    They come behind its positional parameters, but for those that it has itself; with ``lists`` they take lists of
    values, as text, where they are no switches, and those that name files are left out.
    """

    def extend(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        positional = [parameter for parameter in own if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
        taken = {parameter.name for parameter in own} | (set(FILES) if lists else set())
        added = list(_parameters(taken, lists))
        every = [*positional, *added, *own[len(positional) :]]
        command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return command

    return extend


def _parameters(taken: set[str], lists: bool) -> Iterator[inspect.Parameter]:
    """Yield a keyword parameter for each flag of a run but those ``taken``, in the order of help."""
    panels = list(Panel)
    for flag in sorted(RUN_FLAGS, key=lambda flag: panels.index(flag.field.panel)):
        if flag.name not in taken:
            kind = str if lists and flag.kind is not bool else flag.kind
            annotation = Annotated[kind | None, _option(flag)]  # type: ignore[valid-type]
            yield inspect.Parameter(
                flag.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
            )


def _option(flag: RunFlag) -> Any:
    switch = [f"--{flag.name.replace('_', '-')}"] if flag.kind is bool else []  # without a --no-… beside it
    default = f" [default: {flag.default}]" if flag.default else ""
    return typer.Option(
        *switch,
        help=escape(flag.help + default),
        show_default=False,
        metavar=flag.field.metavar,
        rich_help_panel=flag.field.panel,
    )


def axes(lists: Mapping[str, str | bool | None], assignments: Sequence[str]) -> dict[str, list[object]]:
    """Return lists of values by field; those of flags beat those of assignments.

    Raises:
        InputError: a list has an empty value, or an assignment is none.
    """
    found = {
        flag.name: _values(flag.name, given)
        for flag in RUN_FLAGS
        if (given := lists.get(flag.name)) is not None
    }
    assigned: dict[str, list[object]] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not all(part.strip() for part in key.split(".")):
            raise InputError(f"--set {assignment}", "is no assignment", "write --set section.key=VALUE,VALUE")
        assigned[field_name(key)] = parse_values(f"--set {key}", text)
    return {**found, **{field: values for field, values in assigned.items() if field not in found}}


def _values(name: str, given: str | bool) -> list[object]:
    return [given] if isinstance(given, bool) else parse_values(f"--{name.replace('_', '-')}", given)


def check_alone(subject: str, otherwise: str) -> None:
    """Check that no launcher has started a command several times that starts ranks itself.

    Raises:
        InputError: one has; its remedy is ``-n P``, or ``otherwise``.
    """
    comm = world()
    if comm is not None and comm.Get_size() > 1:
        cause = f"was started {comm.Get_size()} times by a launcher"
        raise InputError(subject, cause, f"start it once, with -n P, or {otherwise}")


def output_folder(source: Path | None, out: Path | None, base: Mapping[str, Any]) -> Path | None:
    """Return where many runs go: --out, a given folder, the file's ``out``, or one named like it; None: none says."""
    if out is not None or source is None:
        return out
    return source if source.is_dir() else Path(str(base.get("out") or DEFAULT_PARENT / source.stem))


def description_from(
    source: Path | None, flags: Mapping[str, Any], assignments: Sequence[str] | None
) -> Description:
    """Return the description of a run: flags beat ``--set``, which beats the file, which beats defaults.

    Raises:
        InputError: the file, a flag or an assignment cannot be used, or the file describes a sweep.
    """
    given = {} if source is None else from_checkpoint(source) if is_checkpoint(source) else from_file(source)
    if TABLE in given:
        raise InputError(f"{source}", "describes a sweep, not one run", f"p2pbo sweep {source}")
    above = merge(parse_assignments(assignments or ()), nested(_given(flags)))
    return Description.parse(merge(given, above))


def is_checkpoint(source: Path | None) -> bool:
    """Tell whether a run is described by a checkpoint, from which it goes on."""
    return source is not None and source.suffix == ".ckpt"


def from_checkpoint(path: Path) -> dict[str, Any]:
    """Return the description of the run whose checkpoint this is, and where its trace lies.

    Raises:
        InputError: neither generation is whole.
    """
    from p2pbo.trace.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(path)
    return {**checkpoint.description, "out": str(path.with_name(os.fsdecode(checkpoint.attributes["trace"])))}


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that were given, paths as text."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in flags.items()
        if value is not None
    }
