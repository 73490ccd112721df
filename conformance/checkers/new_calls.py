"""New calls for a server that comes back. That it gets none before is `distribution.NothingSentTo`."""

import math
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.aftermath import ready_ns
from conformance.checkers.distribution import ALPHA
from conformance.checkers.findings import NS_PER_S, NormCheck, for_each, many, seconds, unknown
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class GetsCallsAgain(NormCheck):
    """A server that has come back answers new calls again within the norm.

    Reads the operations of a probe, and `observed` lines "ready" of the server. The first call that the
    server answered, of those that began after its healing did, tells when it was back: at some instant
    from the call's beginning until it rang, or was answered. The norm counts from when the server is
    ready, not from when its power came back: from the last such line before a further fault; without one
    from its healing. VIOLATED if the calls that others answered after the norm, before that call, were so
    many that with an even chance of `share` one of them would have come to it; UNKNOWN if they were
    fewer. An infinite norm lets it wait, but not for good: then every call counts that others answered,
    and it none.
    """

    title: ClassVar[str] = "a returned server gets calls again"
    probe: str
    server: str
    fault: str
    norm_s: float
    formula: str
    share: float = 0.5
    """The share of new calls that the server is to get."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        operations = history.operations(self.probe)
        if not operations:
            return unknown(self, f"probe {self.probe!r} recorded no call")
        stalls = Stalls.of(history, operations)
        return for_each(
            self, history, self.fault, lambda injection: self._after(injection, history, operations, stalls)
        )

    def _after(
        self, injection: Injection, history: History, operations: Sequence[Operation], stalls: Stalls
    ) -> CheckResult:
        began_ns, back_ns = injection.healed_began_ns, injection.healed_ended_ns
        if began_ns is None or back_ns is None:
            return unknown(self, f"{injection} was never healed")
        later_ns = [one.began_ns for one in Injection.all_of(history) if one.began_ns > began_ns]
        end_ns = min([*later_ns, operations[-1].invoked_ns + 1])
        ready = ready_ns(history, self.server, began_ns, end_ns)
        from_ns, back_ns = (began_ns, back_ns) if ready is None else (ready, ready)
        answered = [
            o
            for o in operations
            if o.outcome is Outcome.OK and o.server is not None and began_ns <= o.invoked_ns < end_ns
        ]
        if not answered:
            return unknown(self, f"{self.probe}: no call after the return of {self.server} told who answered")
        first = next((o for o in answered if o.server == self.server), None)
        until_ns = end_ns if first is None else first.invoked_ns
        norm_s, allowed = (
            (self.norm_s, f"{self.norm_s:g} s") if math.isfinite(self.norm_s) else (0.0, "any time")
        )
        limit_ns = back_ns + round(norm_s * NS_PER_S) + stalls.within(from_ns, until_ns)
        missed = sum(limit_ns <= o.invoked_ns < until_ns for o in answered)
        lower_s = seconds(max(0, until_ns - back_ns))
        if first is None:
            upper_s, how = lower_s, f"answered no call in {lower_s:.3f} s"
        else:
            upper_s = seconds(max(0, _given_ns(first) - from_ns))
            how = f"answered a call {lower_s:.3f} to {upper_s:.3f} s"
        event = f"{injection} was healed" if ready is None else f"it was ready after {injection}"
        said = f"{self.probe}: {self.server} {how} after {event}"
        if first is not None and upper_s <= self.norm_s:
            return self._result(Verdict.HOLDS, said, upper_s)
        said = f"{said}, allowed {allowed}; {many(missed, 'call')} went to others after that"
        if (1 - self.share) ** missed < ALPHA:
            return self._result(Verdict.VIOLATED, said, upper_s)
        return self._result(Verdict.UNKNOWN, f"{said}, too few to tell", upper_s)


def _given_ns(call: Operation) -> int:
    """Return by when a call had been given to whoever answered it: it rang there, or was answered."""
    ringing_ns: int | None = call.detail.get("ringing_ns")
    return ringing_ns or call.completed_ns or call.invoked_ns
