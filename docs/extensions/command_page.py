"""The page of the command line: every command with its arguments and flags, as its ``--help`` has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.markup import render
from typer.core import TyperArgument, TyperCommand, TyperOption

from extensions.markdown import code, inline, page, table
from p2pbo.cli.app import COMMANDS


def command_page() -> str:
    """Return the page."""
    return page(
        "# Command line",
        "`p2pbo COMMAND --help` shows the same. What a command ends with: [exit codes](exit-codes.md).",
        *(command_text(command.imported()) for command in COMMANDS),
    )


def command_text(command: TyperCommand) -> str:
    """Return a command's purpose, usage and flags, in the groups of its help."""
    context = command.make_context(command.name, [], resilient_parsing=True)
    usage = " ".join(["p2pbo", command.name or "", *command.collect_usage_pieces(context)])
    groups: dict[str, list[TyperOption]] = {}
    for option in command.params:
        if isinstance(option, TyperOption) and not option.hidden:
            groups.setdefault(option.rich_help_panel or "", []).append(option)
    return page(
        f"## {command.name}",
        f"```text\n{usage}\n```",
        inline(" ".join((command.help or "").split())),
        table(("argument", "meaning"), _arguments(command)),
        *(_group(name, options) for name, options in groups.items()),
    ).rstrip()


def _arguments(command: TyperCommand) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            yield code(parameter.metavar or (parameter.name or "").upper()), inline(parameter.help or "")


def _group(name: str, options: list[TyperOption]) -> str:
    rows = []
    for option in options:
        meaning, default = help_and_default(option)
        rows.append((", ".join(map(code, [*option.opts, *option.secondary_opts])), inline(meaning), default))
    return page(f"**{name}**" if name else "", table(("flag", "meaning", "default"), rows)).rstrip()


def help_and_default(option: TyperOption) -> tuple[str, str]:
    """Return what an option's help says, and apart from it the default that it shows, if any."""
    text = render(option.help or "").plain
    if shown := re.fullmatch(r"(.*) \[default: (.*)\]", text, re.DOTALL):
        return shown[1], code(shown[2])
    if isinstance(option.show_default, str):
        return text, code(option.show_default)
    return text, code(option.default) if option.show_default and option.default not in (None, False) else ""
