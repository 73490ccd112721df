"""A check: a small frozen value that judges a case from its files alone, today or years later."""

import importlib
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from conformance.history import History
from conformance.verdict import CheckResult


class Check(BaseModel):
    """Base of all checks. A subclass has parameters as fields, and `judge`.

    It is stored in `case.json` as its fields and its `kind`: the module below `conformance.checkers`, and the
    class.
    """

    # a norm may be infinite
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")
    title: ClassVar[str]
    """A short sentence: what is checked."""

    def judge(self, history: History) -> CheckResult:  # noqa: ARG002 -- a subclass uses it
        """Return what *history* says; no data is UNKNOWN."""
        raise TypeError(f"{type(self).__name__} does not judge")

    def stored(self) -> dict[str, object]:
        """Return the form in which `case.json` keeps the check."""
        kind = f"{type(self).__module__.rpartition('.')[2]}.{type(self).__name__}"
        return {"kind": kind, **self.model_dump(mode="json")}


def restored(stored: dict[str, object]) -> Check:
    """Return the check that `Check.stored` described.

    Raises:
        KeyError: there is no such kind in this version.
    """
    fields = dict(stored)
    kind = str(fields.pop("kind"))
    module, _, name = kind.partition(".")
    try:
        found = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise KeyError(f"this version knows no check {kind!r}") from error
    check: Check = found.model_validate(fields)
    return check
