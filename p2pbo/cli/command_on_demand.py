"""Commands whose modules are imported when they are called."""

from __future__ import annotations

import importlib
from typing import Any

import typer
import typer.main
from typer.core import TyperCommand

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""The settings of a command that takes the flags of another one."""


class CommandOnDemand(TyperCommand):
    """A command that is imported when it is called: the list of all commands needs its first line only.

    Args:
        name: what the user writes.
        home: its module, and there the function of the module's name.
        summary: the first sentence of the function's docstring.
        settings: of its context, such as ``PASS_ON``.
    """

    def __init__(self, name: str, home: str, summary: str, **settings: bool) -> None:
        super().__init__(name, help=summary, context_settings=settings)
        self._home = home

    def imported(self) -> TyperCommand:
        """Return the command itself, with its flags."""
        function = getattr(importlib.import_module(self._home), self._home.rpartition(".")[2])
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command(self.name, context_settings=dict(self.context_settings))(function)
        made = typer.main.get_command(app)
        assert isinstance(made, TyperCommand)
        return made

    def make_context(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the context of a call, whose command is the imported one."""
        return self.imported().make_context(*arguments, **keywords)
