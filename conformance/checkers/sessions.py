"""What happens to users who are logged in."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, for_each, many, unknown
from conformance.evidence import SERVED_ERRORS
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.verdict import CheckResult, Verdict


def by_session(operations: Sequence[Operation]) -> Mapping[str, list[Operation]]:
    """Return the operations of each session, by time; logins are not among them."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        session = operation.detail.get("session")
        if session is not None and operation.detail.get("what") != "login":
            found[session].append(operation)
    return found


class SessionsContinue(Check):
    """Whoever was logged in before a fault is logged in after it.

    A session is lost if it is told that it is logged out (or is somebody else), or is never served again
    although it asked later than `within_s` after the fault. Requests that fail meanwhile are counted, not
    judged.
    """

    title: ClassVar[str] = "sessions continue"
    probe: str
    fault: str
    within_s: float
    """When at the latest everybody is to be served again: the norm of the fault."""
    formula: str = "no session is lost"

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        sessions = by_session(history.operations(self.probe))
        if not sessions:
            return unknown(self, f"probe {self.probe!r} recorded no session")
        return for_each(self, history, self.fault, lambda injection: self._after(injection, sessions))

    def _after(self, injection: Injection, sessions: Mapping[str, list[Operation]]) -> CheckResult:
        before_ns = injection.began_ns
        living = {
            name: operations
            for name, operations in sessions.items()
            if _last_end(operations, before_ns) is Outcome.OK
        }
        if not living:
            return unknown(self, f"{self.probe}: nobody was logged in when {injection} began")
        settled_ns = before_ns + round(self.within_s * NS_PER_S)
        lost, unseen, taken = [], [], Counter[str]()
        failed = 0
        for name, operations in living.items():
            after = [o for o in operations if o.invoked_ns >= before_ns and o.completed_ns is not None]
            failed += sum(o.outcome is not Outcome.OK for o in after)
            settled = [o for o in after if o.invoked_ns >= settled_ns]
            if any(o.error in SERVED_ERRORS for o in after):
                lost.append(name)
            elif not settled:
                unseen.append(name)
            elif not any(o.outcome is Outcome.OK for o in settled):
                lost.append(name)
            else:
                taken[next((o.server for o in reversed(settled) if o.server), "an unnamed server")] += 1
        return self._result(injection, len(living), lost, unseen, failed, taken)

    def _result(  # noqa: PLR0913, PLR0917 -- the counts of one finding
        self,
        injection: Injection,
        living: int,
        lost: Sequence[str],
        unseen: Sequence[str],
        failed: int,
        taken: Counter[str],
    ) -> CheckResult:
        where = ", ".join(f"{count} on {server}" for server, count in sorted(taken.items())) or "none"
        met = f"{many(failed, 'request')} failed meanwhile; afterwards {where}"
        if lost:
            verdict = Verdict.VIOLATED
            reason = f"{self.probe}: {len(lost)} of {many(living, 'session')} lost after {injection}; {met}"
        elif unseen:
            verdict = Verdict.UNKNOWN
            reason = (
                f"{self.probe}: {len(unseen)} of {many(living, 'session')} did not ask again "
                f"later than {self.within_s:g} s after {injection}"
            )
        else:
            verdict = Verdict.HOLDS
            reason = f"{self.probe}: {many(living, 'session')} before and after {injection}; {met}"
        return CheckResult(
            name=f"{self.title}: {self.probe}",
            verdict=verdict,
            reason=reason,
            measured=float(len(lost)),
            norm=0.0,
            unit="sessions lost",
            formula=self.formula,
        )


class SessionsStay(Check):
    """A session keeps its server as long as that server lives, and its user stays logged in.

    With a fault, sessions of the node that it hits may move (once it began); all others must not.
    """

    title: ClassVar[str] = "sessions stay at their server"
    probe: str
    fault: str | None = None
    least: int = 5
    """A session that was answered less often shows nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        sessions = by_session(history.operations(self.probe))
        if not sessions:
            return unknown(self, f"probe {self.probe!r} recorded no session")
        injections = [] if self.fault is None else Injection.named(history, self.fault)
        if self.fault is not None and not injections:
            return unknown(self, f"no fault {self.fault!r} was injected")
        moved, logged_out, judged = [], [], 0
        for name, operations in sessions.items():
            may_move = {one.node: one.began_ns for one in injections}
            servers = _servers_while_alive(operations, may_move)
            if any(o.error in SERVED_ERRORS for o in operations):
                logged_out.append(name)
            elif len(servers) < self.least:
                continue
            judged += 1
            if len(set(servers)) > 1:
                moved.append(f"{name} from {servers[0]} to {next(s for s in servers if s != servers[0])}")
        if not judged:
            return unknown(
                self,
                f"{self.probe}: no session was answered {self.least} times by a server that says who it is",
            )
        reason = f"{self.probe}: {many(judged, 'session')}, {len(moved)} moved, {len(logged_out)} logged out"
        if moved:
            reason += f"; first: {moved[0]}"
        return CheckResult(
            name=f"{self.title}: {self.probe}",
            verdict=Verdict.VIOLATED if moved or logged_out else Verdict.HOLDS,
            reason=reason,
            measured=float(len(moved) + len(logged_out)),
            norm=0.0,
            unit="sessions moved",
            formula="one server per session",
        )


def _servers_while_alive(operations: Sequence[Operation], may_move: Mapping[str, int]) -> list[str]:
    """Return who answered one session, up to the moment at which its server was hit by a fault."""
    servers: list[str] = []
    for operation in operations:
        if operation.outcome is Outcome.OK and operation.server is not None:
            hit_ns = may_move.get(servers[0]) if servers else None
            if hit_ns is not None and (operation.completed_ns or 0) >= hit_ns:
                break
            servers.append(operation.server)
    return servers


def _last_end(operations: Sequence[Operation], before_ns: int) -> Outcome | None:
    ended = [o for o in operations if o.completed_ns is not None and o.completed_ns < before_ns]
    return ended[-1].outcome if ended else None
