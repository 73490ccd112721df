"""The timers of SIP over UDP that bound what a client can expect (RFC 3261, section 17.1 and table 4).

A request without an answer is repeated after T1, and then after twice the pause each time: for INVITE without
a limit to the pause (timer A), for everything else up to T2 (timer E). The client gives up after 64 x T1
(timers B and F). So a request that met a gap in service is late by no more than its next repetition.
"""

import dataclasses
from typing import Literal

from conformance.norms.norm import Norm, spoken

Method = Literal["INVITE", "other"]
_TRIES = 64


@dataclasses.dataclass(frozen=True)
class SipTimers:
    """How a client repeats its requests; the defaults are those of the standard."""

    t1_s: float = 0.5
    """Estimate of the round trip."""
    t2_s: float = 4.0
    """The longest pause between two repetitions, but for INVITE."""
    gives_up_after_s: float | None = None
    """None: 64 x T1."""
    limits_invite: bool = False
    """T2 limits the pause for INVITE too; Kamailio does so, the standard does not."""
    early_by_s: float = 0.0
    """By how much a repetition may come too early, as where timers run on ticks."""
    late_by_s: float = 0.0
    """By how much it may come too late, as where a process of its own counts the ticks."""

    @property
    def timer_b_s(self) -> float:
        """Return after what time an INVITE without any answer has failed."""
        return self.gives_up_after_s if self.gives_up_after_s is not None else _TRIES * self.t1_s

    @property
    def timer_f_s(self) -> float:
        """Return after what time any other request without a final answer has failed."""
        return self.timer_b_s

    def sent_at_s(self, method: Method) -> tuple[float, ...]:
        """Return when a request that nobody answers is sent, counted from the first time."""
        at_s, pause_s, times = 0.0, self.t1_s, [0.0]
        while (at_s := at_s + pause_s) < self.timer_b_s:
            times.append(round(at_s, 9))
            pause_s *= 2
            if method != "INVITE" or self.limits_invite:
                pause_s = min(pause_s, self.t2_s)
        return tuple(times)


def answered_after(gap: Norm, method: Method, timers: SipTimers | None = None) -> Norm:
    """Return how late a request may be answered that met a gap in service of at most *gap*.

    In the worst case it was sent when the gap began; what is answered is the first repetition that cannot
    come too early.
    """
    timers = timers or SipTimers()
    if not gap.is_finite:
        return gap
    for at_s in timers.sent_at_s(method):
        if not gap.seconds or at_s - timers.early_by_s >= gap.seconds:
            text = f"first repetition (T1 {spoken(timers.t1_s)}) after {gap.formula}: {spoken(at_s)}"
            if not (at_s and timers.late_by_s):
                return Norm(seconds=at_s, formula=text)
            total_s = round(at_s + timers.late_by_s, 9)
            tick = f"a tick of {spoken(timers.late_by_s)}"
            return Norm(seconds=total_s, formula=f"{text} + {tick} = {spoken(total_s)}")
    return Norm.never(
        f"the client gives up after {spoken(timers.timer_b_s)}, and the gap may last {gap.formula}"
    )
