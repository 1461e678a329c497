"""Registries of named things: one function or class in one file adds a topology, a weighting, a data set, a problem.

An entry is a callable whose positional-only parameters are what p2pbo hands it, and whose keyword-only
parameters are what a user may set; their annotations (pydantic's constraints too) check what the user wrote.
The modules of a registry's home package are imported at its first look-up, so a new file is found by itself.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, ParamSpec, TypeVar, cast, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from p2pbo.errors import InputError, did_you_mean
from p2pbo.interrupts import deferred_interrupts

P = ParamSpec("P")
T = TypeVar("T")


SettingSpecs = Mapping[str, tuple[Any, Any]]
"""The settings of something by name: (annotation, default); the default ``...`` means that a value must be given."""


def check_settings(subject: str, parameters: SettingSpecs, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings of ``subject`` by name: given ones, converted and checked by pydantic, and defaults.

    Raises:
        InputError: a setting is unknown, missing, of the wrong type or out of range; names the first such.
    """
    if not parameters and not given:
        return {}
    forbid = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    with deferred_interrupts():  # pydantic would turn one into an error of the settings
        model = create_model("settings", __config__=forbid, **cast(dict[str, Any], parameters))
    try:
        made = model(**given)
    except ValidationError as error:
        raise first_validation_error(error, subject, parameters) from None
    return {name: getattr(made, name) for name in parameters}


@cache
def settings_of(make: Callable[..., Any]) -> SettingSpecs:
    """Return the keyword-only parameters of a function or class: name → (annotation, default or ...)."""
    annotated = make.__init__ if inspect.isclass(make) and not is_dataclass(make) else make
    hints = get_type_hints(annotated, include_extras=True)
    return MappingProxyType(
        {
            name: (hints.get(name, Any), ... if p.default is p.empty else p.default)
            for name, p in inspect.signature(make).parameters.items()
            if p.kind is p.KEYWORD_ONLY
        }
    )


def first_validation_error(error: ValidationError, subject: str, known: Iterable[str]) -> InputError:
    """Return the first error that pydantic found, on one line about ``subject``."""
    found = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden" and len(found["loc"]) > 1:
        return InputError(subject, f"has no setting '{name}'", "remove it or correct its spelling")
    if found["type"] == "extra_forbidden":
        return InputError(subject, f"has no setting '{name}'", did_you_mean(name, known))
    if found["type"] == "missing":
        return InputError(subject, f"needs a value for '{name}'", f"give {name}=VALUE")
    message = found["msg"].removeprefix("Value error, ")
    return InputError(
        f"{subject}:", f"{name} = {found['input']!r} is refused", message[0].lower() + message[1:]
    )


@dataclass(frozen=True)
class Entry(Generic[T]):
    """A registered callable; ``argument`` names the setting that the text after ``name:`` fills."""

    noun: str
    name: str
    make: Callable[..., T]
    argument: str | None = None

    @property
    def summary(self) -> str:
        """The first line of the entry's docstring."""
        return (inspect.getdoc(self.make) or "").partition("\n")[0]

    @property
    def usage(self) -> str:
        """The entry as it is written in a specification: ``er:P`` or ``ring``."""
        return f"{self.name}:{self.argument.upper()}" if self.argument else self.name

    def settings(self) -> SettingSpecs:
        """Return the settings of the entry."""
        return settings_of(self.make)

    def check(self, argument: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings of the entry by name, converted and checked.

        Raises:
            InputError: a setting is unknown, missing, of the wrong type or out of range.
        """
        subject, given = f"{self.noun} {self.name}", dict(options)
        if argument is not None:
            if self.argument is None:
                raise InputError(f"{subject}:{argument}", "takes no argument", f"write '{self.name}'")
            given[self.argument] = argument
        return check_settings(subject, self.settings(), given)


class Registry(Generic[T]):
    """A registry of one kind of thing, filled by the modules of the package ``home`` at the first look-up."""

    def __init__(
        self,
        noun: str,
        home: str,
        others: Callable[[], Iterable[str]] = tuple,
        remedies: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take what an entry is called and the package of its modules.

        Names that are known to others are suggested, too; ``remedies`` says of unknown names what to write instead.
        """
        self.noun = noun
        self._remedies = remedies
        self._home = home
        self._others = others
        self._entries: dict[str, Entry[T]] = {}
        self._filled = False

    def register(self, name: str, argument: str | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that registers a callable; ``name:TEXT`` then fills its setting ``argument``."""

        def add(make: Callable[P, T]) -> Callable[P, T]:
            if name in self._entries:
                raise ValueError(f"two entries of {self._home} are called {name!r}")
            self._entries[name] = Entry(self.noun, name, make, argument)
            return make

        return add

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._fill()))

    def __contains__(self, name: object) -> bool:
        return name in self._fill()

    def __getitem__(self, name: str) -> Entry[T]:
        entries = self._fill()
        if name not in entries:
            remedy = self._remedies.get(name) or did_you_mean(name, [*entries, *self._others()])
            raise InputError(f"{self.noun} '{name}'", "is not known", remedy)
        return entries[name]

    def check(self, spec: str, options: Mapping[str, Any] | None = None) -> tuple[Entry[T], dict[str, Any]]:
        """Return the entry that ``spec`` names and its settings, checked, without making anything."""
        name, colon, argument = spec.partition(":")
        entry = self[name]
        return entry, entry.check(argument if colon else None, options or {})

    def make(self, spec: str, *context: Any, **options: Any) -> T:
        """Make what ``spec`` (``NAME`` or ``NAME:ARGUMENT``) names, from p2pbo's context and the settings.

        Raises:
            InputError: the name is unknown (the nearest one is suggested) or a setting is refused.
        """
        entry, settings = self.check(spec, options)
        return entry.make(*context, **settings)

    def _fill(self) -> dict[str, Entry[T]]:
        if not self._filled:
            self._filled = True
            with (
                deferred_interrupts()
            ):  # an interrupt would leave it half filled for as long as the process lives
                package = importlib.import_module(self._home)
                for module in pkgutil.iter_modules(package.__path__):
                    importlib.import_module(f"{self._home}.{module.name}")
        return self._entries
