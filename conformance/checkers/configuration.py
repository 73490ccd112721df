"""What the configuration alone says, held against the figures of the documentation."""

import math
from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import unknown
from conformance.history import History
from conformance.norms.norm import spoken
from conformance.verdict import CheckResult, Verdict


class ComputedNormWithinDocumented(Check):
    """The norm that the configuration implies is not longer than what the documentation promises.

    Reads nothing of the history: the norm was computed from the files that the case keeps.
    """

    title: ClassVar[str] = "the configuration keeps what the documentation promises"
    what: str
    """What is to happen in that time, such as `takeover after power loss of lb1`."""
    norm_s: float
    """The computed norm; infinite where the configuration never leads there."""
    documented_s: float | None
    """None: the documentation gives no figure."""
    formula: str

    def judge(self, history: History) -> CheckResult:  # noqa: ARG002 -- nothing of it is needed
        """Return whether the configured time is within the documented one."""
        finite = math.isfinite(self.norm_s)
        if self.documented_s is None and finite:
            return unknown(self, f"{self.what}: the documentation of the variant gives no figure")
        documented_s = math.inf if self.documented_s is None else self.documented_s
        kept = finite and self.norm_s <= documented_s
        configured, documented = spoken(self.norm_s), spoken(documented_s)
        told = f"{self.what} takes up to {configured} as configured, documented are {documented}"
        if not finite:
            told = f"{self.what}: {self.formula}"
        return CheckResult(
            name=self.title,
            verdict=Verdict.HOLDS if kept else Verdict.VIOLATED,
            reason=told,
            measured=self.norm_s if finite else "never",
            norm=self.documented_s,
            unit="s",
            formula=self.formula,
        )


class PreemptionAsDocumented(Check):
    """Every candidate takes the virtual IP back after its return, or leaves it, as the variant documents.

    Reads nothing of the history: the configuration as found is a parameter.
    """

    title: ClassVar[str] = "the returning balancer is configured as documented"
    documented: bool
    configured: Mapping[str, bool]
    """Whether each candidate preempts."""

    def judge(self, history: History) -> CheckResult:  # noqa: ARG002 -- nothing of it is needed
        """Return whether all candidates are configured as documented; no candidate at all is UNKNOWN."""
        policy = {True: "takes the virtual IP back", False: "leaves the virtual IP where it is"}
        return decided(
            self,
            violations=[
                f"{node} {policy[preempts]} when it returns, documented is that it {policy[self.documented]}"
                for node, preempts in self.configured.items()
                if preempts is not self.documented
            ],
            doubts=[] if self.configured else ["no candidate's configuration was read"],
            good=f"{' and '.join(self.configured)}: each {policy[self.documented]} when it returns",
        )
