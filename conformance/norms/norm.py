"""A norm: the limit that a promise implies, with the formula that led to it."""

import math
from collections.abc import Iterable
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict


class Term(NamedTuple):
    """One summand of a norm: its value, and how it came about."""

    seconds: float
    text: str


class Norm(BaseModel):
    """A limit in seconds, computed from a configuration as found. It is never scaled, whatever the machine.

    An infinite norm means that the configuration never leads there; the formula says why.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    seconds: float
    formula: str
    """How it was computed, with the values put in."""

    @classmethod
    def sum_of(cls, terms: Iterable[Term]) -> Self:
        """Return the sum of *terms* and its formula; terms without a contribution are left out."""
        counted = [term for term in terms if term.seconds]
        if never := next((term for term in counted if math.isinf(term.seconds)), None):
            return cls(seconds=math.inf, formula=never.text)
        total = sum(term.seconds for term in counted)
        return cls(
            seconds=round(total, 9), formula=f"{' + '.join(t.text for t in counted) or '0'} = {spoken(total)}"
        )

    @classmethod
    def never(cls, why: str) -> Self:
        """Return the norm of what a configuration does not provide for."""
        return cls(seconds=math.inf, formula=why)

    @property
    def is_finite(self) -> bool:
        """Tell whether the configuration leads there at all."""
        return math.isfinite(self.seconds)

    def then(self, seconds: float, text: str) -> "Norm":
        """Return this norm with a further summand."""
        if not self.is_finite or not seconds:
            return self
        if math.isinf(seconds):
            return Norm.never(text)
        summands, _, _ = self.formula.rpartition(" = ")
        total = self.seconds + seconds
        return Norm(seconds=round(total, 9), formula=f"{summands} + {text} = {spoken(total)}")

    def followed_by(self, other: "Norm") -> "Norm":
        """Return the sum of this norm and of *other*, which is what happens next."""
        if not self.seconds:
            return other
        summands, _, _ = other.formula.rpartition(" = ")
        return self.then(other.seconds, summands or other.formula)

    def at_most(self, documented_s: float | None) -> "Norm":
        """Return the stricter of this norm and the figure that the documentation gives, if any."""
        if documented_s is None or self.seconds <= documented_s:
            return self
        return Norm(
            seconds=documented_s, formula=f"documented: {spoken(documented_s)} (configured: {self.formula})"
        )


def spoken(seconds: float) -> str:
    """Return a duration for people, such as `0.461 s`."""
    return "never" if math.isinf(seconds) else f"{round(seconds, 4):g} s"
