"""The flags of a run as Typer's options, and the description that they make together with a file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from p2pbo.config import Description, from_file, merge, parse_assignments
from p2pbo.config.run_flags import RUN_FLAGS, RunFlag
from p2pbo.config.sweep import TABLE, nested
from p2pbo.errors import InputError

Command = TypeVar("Command", bound=Callable[..., None])

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="[RUN.toml]",
        help="A description, a trace (.h5) to repeat, or a checkpoint (.ckpt) to go on from.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on from the checkpoint beside --out; without one begin again, and do nothing where the run is "
        "complete.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any field, such as algorithm.eta=0.1; may be repeated."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table.")]


def with_run_flags(*, lists: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that puts the flags of a run in the place of a command's ``**flags``.

    They come behind its positional parameters, but for those that it has itself; with ``lists`` they take lists of
    values, as text, where they are no switches.
    """

    def extend(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        positional = [parameter for parameter in own if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
        added = list(_parameters({parameter.name for parameter in own}, lists))
        every = [*positional, *added, *own[len(positional) :]]
        command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
        return command

    return extend


def _parameters(taken: set[str], lists: bool) -> Iterator[inspect.Parameter]:
    """Yield a keyword parameter for each flag of a run but those ``taken``."""
    for flag in RUN_FLAGS:
        if flag.name not in taken:
            kind = str if lists and flag.kind is not bool else flag.kind
            annotation = Annotated[kind | None, _option(flag)]  # type: ignore[valid-type]
            yield inspect.Parameter(
                flag.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
            )


def _option(flag: RunFlag) -> Any:
    switch = [f"--{flag.name.replace('_', '-')}"] if flag.kind is bool else []  # without a --no-… beside it
    return typer.Option(
        *switch, help=flag.help, show_default=flag.default or False, metavar=flag.field.metavar
    )


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
