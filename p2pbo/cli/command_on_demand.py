"""Commands whose modules are imported when they are called."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import typer
import typer.main
from typer.core import TyperCommand

from p2pbo.cli.garbage_collection import collection_paused

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""The settings of a command that takes the flags of another one."""


class PassingCommand(TyperCommand):
    """A command that takes the flags of ``p2pbo run`` besides its own, and hands them on as they are."""

    def format_help(self, context: Any, formatter: Any) -> None:
        """Write the help of this command, and of the flags that it hands on."""
        run = context.parent.command.commands["run"].imported()
        shown = copy.copy(self)
        (source, *flags), (first, *others) = run.params, self.params
        shown.params = [source, first, *flags, *others]
        super(PassingCommand, shown).format_help(context, formatter)


class CommandOnDemand(TyperCommand):
    """A command that is imported when it is called: the list of all commands needs its first line only.

    Args:
        name: what the user writes.
        home: its module, and there the function of the module's name.
        summary: the first sentence of the function's docstring.
        example: a call of it, which errors show.
        settings: of its context, such as ``PASS_ON``.
    """

    def __init__(self, name: str, home: str, summary: str, example: str, **settings: bool) -> None:
        super().__init__(name, help=summary, context_settings=settings)
        self.example = example
        self._home = home

    def imported(self) -> TyperCommand:
        """Return the command itself, with its flags."""
        with collection_paused():
            function = getattr(importlib.import_module(self._home), self._home.rpartition(".")[2])
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        kind = PassingCommand if self.context_settings == PASS_ON else TyperCommand
        settings = dict(self.context_settings)
        app.command(self.name, cls=kind, context_settings=settings, help=_unwrapped(function))(function)
        made = typer.main.get_command(app)
        assert isinstance(made, TyperCommand)
        return made

    def make_context(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the context of a call, whose command is the imported one."""
        return self.imported().make_context(*arguments, **keywords)


def _unwrapped(function: Callable[..., None]) -> str:
    """Return the docstring of a command with each paragraph on one line, for the terminal to wrap."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
