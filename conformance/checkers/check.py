"""A check: a small frozen value that judges a case from its files alone, today or years later."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from conformance.history import History
from conformance.verdict import CheckResult

KINDS: dict[str, type["Check"]] = {}
"""Every kind of check by the name under which a case stores it."""


class Check(BaseModel):
    """Base of all checks. A subclass has parameters as fields, and `judge`.

    It is stored in `case.json` as its fields and its `kind`, which is the name of the class.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, ser_json_inf_nan="strings"
    )  # a norm may be infinite
    title: ClassVar[str]
    """A short sentence: what is checked."""

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 -- as in the base
        """Make the kind known to `stored`."""
        super().__init_subclass__(**kwargs)
        KINDS[cls.__name__] = cls

    def judge(self, history: History) -> CheckResult:  # noqa: ARG002 -- a subclass uses it
        """Return what *history* says; no data is UNKNOWN."""
        raise TypeError(f"{type(self).__name__} does not judge")

    def stored(self) -> dict[str, object]:
        """Return the form in which `case.json` keeps the check."""
        return {"kind": type(self).__name__, **self.model_dump(mode="json")}


def restored(stored: dict[str, object]) -> Check:
    """Return the check that `Check.stored` described."""
    fields = dict(stored)
    return KINDS[str(fields.pop("kind"))].model_validate(fields)


__all__ = ["KINDS", "Check", "History", "restored"]
