"""Notations: how two families of papers name step sizes and weights, and what the names mean to the parts.

                   Gao 2023, Zhang 2023                     He 2024, Kong 2024, Zhu 2024
step of x, y, z    ηβ₁, ηβ₂, ηβ₃ (tracking: β, η apart)      α, β, γ
weight             αη (momentum), αη² (STORM), α per variable  θ
momentum starts    with the first direction                 at 0 (Niu 2025: with the first direction)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from p2pbo.algorithms.parts import Estimator, Mixing, Positive, StepSize
from p2pbo.errors import InputError
from p2pbo.registry import SettingSpecs, settings_of


class Notation(ABC):
    """The names of the settings that a variable needs, and the numbers that they make for its parts."""

    momentum_from_zero: bool
    """Whether an average starts at 0, or with the first direction."""

    @abstractmethod
    def parameters(
        self, variable: str, estimator: type[Estimator], mixing: type[Mixing], measured: bool
    ) -> SettingSpecs:
        """Return the settings of a variable with these parts: name → (annotation, default).

        Where its steps are measured, their factor is in the place of its step size, and its mixing goes all the way.
        """

    @abstractmethod
    def weight(
        self, variable: str, estimator: type[Estimator], settings: Mapping[str, Any]
    ) -> tuple[float, str, str]:
        """Return the weight of a new direction, its formula, and what to do where it is too large."""

    @abstractmethod
    def step(self, variable: str, mixing: type[Mixing], settings: Mapping[str, Any]) -> float:
        """Return the step size that a variable's mixing takes."""

    @abstractmethod
    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the names of the settings that make the step size of a variable."""

    def estimator(self, variable: str, estimator: type[Estimator], settings: Mapping[str, Any]) -> Estimator:
        """Return a variable's estimator with its weight.

        Raises:
            InputError: the weight exceeds 1, where an average would become an extrapolation.
        """
        own = {name: settings[name] for name in settings_of(estimator)}
        if not estimator.order:
            return estimator(**own)
        a, formula, remedy = self.weight(variable, estimator, settings)
        if a > 1 + 1e-12:  # αη² = 1 is Zhang 2023's, and 100 · 0.1² is a little more
            raise InputError(f"the estimator's weight a = {formula}", f"is {a:g}, above 1", remedy)
        return estimator(min(a, 1.0), self.momentum_from_zero, **own)


class GaoNotation(Notation):
    """Gao 2023's names, which Zhang 2023 shares: η for all, α₁ α₂ α₃ in weights, β₁ β₂ β₃ in steps.

    Settings:
        c_x, c_y, c_z: c, the factor of steps that are measured (schedule adaptive), in the place of β.
        eta: η, which scales the steps of all variables.
        alpha1, alpha2, alpha3: α of x (1), y (2), z (3); the weight of a new direction is αη with momentum, αη² with
            STORM, at most 1.
        beta1, beta2, beta3: β of x (1), y (2), z (3), whose step sizes are ηβ; 0 holds the variable.
    """

    momentum_from_zero = False

    def parameters(
        self, variable: str, estimator: type[Estimator], mixing: type[Mixing], measured: bool
    ) -> SettingSpecs:
        """Return η, one β and, where the estimator has a weight, one α."""
        v = NUMBERS[variable]
        eta = {"eta": (Positive, 0.1)} if estimator.order or not measured else {}
        weight = {f"alpha{v}": (Positive, 1.0)} if estimator.order else {}
        return {**eta, **weight, **(factor(variable) if measured else {f"beta{v}": (StepSize, 1.0)})}

    def weight(
        self, variable: str, estimator: type[Estimator], settings: Mapping[str, Any]
    ) -> tuple[float, str, str]:
        """Return αη for momentum, αη² for STORM, with formula and remedy."""
        alpha = settings[f"alpha{NUMBERS[variable]}"]
        formula = "αη" if estimator.order == 1 else "αη²"
        return alpha * settings["eta"] ** estimator.order, formula, "lower alpha or eta"

    def step(self, variable: str, mixing: type[Mixing], settings: Mapping[str, Any]) -> float:
        """Return β where the mixing itself goes only the share η of the way, else ηβ."""
        beta = settings[f"beta{NUMBERS[variable]}"]
        return beta if mixing.relaxed else settings["eta"] * beta

    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the names of η and of the variable's β."""
        return "eta", f"beta{NUMBERS[variable]}"


class HeNotation(Notation):
    """He 2024's names, which Kong 2024 and Zhu 2024 share: steps α, β, γ of x, y, z and one weight θ.

    Settings:
        c_x, c_y, c_z: c, the factor of steps that are measured (schedule adaptive), in the place of α, β, γ.
        alpha: α, the step size of x; 0 holds x.
        beta: β, the step size of y; 0 holds y.
        gamma: γ, the step size of z; 0 holds z.
        theta: θ, the weight of a new direction, at most 1.
        eta: η, the share of its step that a mixing goes.
    """

    def __init__(self, momentum_from_zero: bool = True) -> None:
        self.momentum_from_zero = momentum_from_zero

    def parameters(
        self, variable: str, estimator: type[Estimator], mixing: type[Mixing], measured: bool
    ) -> SettingSpecs:
        """Return the variable's step, θ where the estimator has a weight, η where the mixing goes only a share."""
        weight = {"theta": (Positive, 0.1)} if estimator.order else {}
        if measured:
            return {**factor(variable), **weight}
        share = {"eta": (Positive, 1.0)} if mixing.relaxed else {}
        return {STEPS[variable]: (StepSize, 0.1), **weight, **share}

    def weight(
        self, variable: str, estimator: type[Estimator], settings: Mapping[str, Any]
    ) -> tuple[float, str, str]:
        """Return the weight θ, with formula and remedy."""
        return settings["theta"], "θ", "lower theta"

    def step(self, variable: str, mixing: type[Mixing], settings: Mapping[str, Any]) -> float:
        """Return the variable's α, β or γ."""
        return settings[STEPS[variable]]

    def step_settings(self, variable: str) -> tuple[str, ...]:
        """Return the name of the variable's α, β or γ."""
        return (STEPS[variable],)


def factor_name(variable: str) -> str:
    """Return the name of the setting by which a variable's measured steps are multiplied, in every notation."""
    return f"c_{variable}"


def factor(variable: str) -> SettingSpecs:
    """Return the setting of a variable whose steps are measured."""
    return {factor_name(variable): (StepSize, 1.0)}


NUMBERS = {"x": 1, "y": 2, "z": 3, "u": 2}
STEPS = {"x": "alpha", "y": "beta", "z": "gamma", "u": "beta"}
"""What the variables' settings are called; u moves as y does."""

GAO_NOTATION, HE_NOTATION = GaoNotation(), HeNotation()
NIU_NOTATION = HeNotation(momentum_from_zero=False)
