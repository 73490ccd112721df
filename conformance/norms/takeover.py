"""How long a virtual IP may be without an owner, by VRRP (RFC 5798, RFC 9568; version 2: RFC 3768).

A standby that hears nothing waits Master_Down_Interval = 3 x advert_int + skew; one that is told goodbye (an
advert of priority 0) waits the skew only. The skew depends on the standby's own priority. Version 3 takes the
interval from the active node's adverts.
"""

from typing import Literal

from conformance.norms.keepalived import LEVELS, Instance, Tracked
from conformance.norms.norm import Norm, Term, spoken

Failure = Literal["silence", "goodbye", "process-death", "process-hang"]
"""silence: no power, cut off, cable cut, frozen; goodbye: stopped in order; process-death, process-hang: of
the balancer process alone, noticed by what keepalived tracks."""


def activation(instance: Instance) -> Term:
    """Return the allowance for taking the address once the timer has run out.

    The standards give no time for setting the address and announcing it. One advert interval is the finest
    time that the protocol itself knows.
    """
    return Term(instance.advert_s, f"activation {spoken(instance.advert_s)}")


def skew(standby: Instance, active: Instance | None = None) -> Term:
    """Return the time by which a standby of lower priority waits longer than one of higher priority."""
    levels = LEVELS - standby.effective_priority
    text = f"skew ({LEVELS} - {standby.effective_priority}) / {LEVELS}"
    if standby.version == 2:  # noqa: PLR2004 -- the version of the protocol
        return Term(levels / LEVELS, f"{text} x 1 s")
    heard_s = _heard_s(standby, active)
    return Term(levels / LEVELS * heard_s, f"{text} x {spoken(heard_s)}")


def master_down_interval(standby: Instance, active: Instance | None = None) -> Norm:
    """Return after what time of silence *standby* holds the active node for dead."""
    return Norm.sum_of(_master_down(standby, active))


def takeover_norm(
    failure: Failure, *, standby: Instance, active: Instance | None = None, program: str = "haproxy"
) -> Norm:
    """Return the time from the failure of the active node until *standby* has taken the address.

    *active* is the failing node's own configuration; the failure of a process cannot be computed without it.
    """
    if failure == "silence":
        return Norm.sum_of([*_master_down(standby, active), activation(standby)])
    if failure == "goodbye":
        return Norm.sum_of([skew(standby, active), activation(standby)])
    watching = active.watching(program) if active else ()
    if active is None or not watching:
        return Norm.never(f"keepalived tracks nothing that notices the end of {program}")
    norms = [_after_tracked(tracked, failure, standby, active) for tracked in watching]
    return max(norms, key=lambda norm: norm.seconds)


def return_norm(returning: Instance, holder: Instance) -> Norm:
    """Return how long the return of a node may interrupt service: not at all, unless it preempts."""
    if not returning.preempts:
        return Norm(seconds=0.0, formula="nopreempt: the returning node leaves the virtual IP where it is")
    mine, its = returning.effective_priority, holder.effective_priority
    if mine <= its:
        return Norm(
            seconds=0.0,
            formula=f"priority {mine} is not above {its}, so it leaves the virtual IP where it is",
        )
    delay = f" after preempt_delay {spoken(returning.preempt_delay_s)}" if returning.preempt_delay_s else ""
    seconds, text = activation(returning)
    return Norm(
        seconds=seconds, formula=f"priority {mine} is above {its}: takes the virtual IP back{delay}; {text}"
    )


def election_norm(one: Instance, other: Instance) -> Norm:
    """Return how long two nodes that both own the address may keep it once they hear each other again."""
    slower = max(one, other, key=lambda instance: instance.advert_s)
    return Norm.sum_of([Term(slower.advert_s, f"advert_int {spoken(slower.advert_s)}"), activation(slower)])


def _heard_s(standby: Instance, active: Instance | None) -> float:
    """Return the interval that the standby reckons with."""
    return active.advert_s if active and standby.version != 2 else standby.advert_s  # noqa: PLR2004 -- VRRP 2


def _master_down(standby: Instance, active: Instance | None) -> list[Term]:
    heard_s = _heard_s(standby, active)
    source = active or standby
    rounded = (
        "" if source.configured_advert_s == heard_s else f" (configured {spoken(source.configured_advert_s)})"
    )
    silent = Term(
        standby.down_adverts * heard_s, f"{standby.down_adverts} x advert_int {spoken(heard_s)}{rounded}"
    )
    return [silent, skew(standby, active)]


def _after_tracked(tracked: Tracked, failure: Failure, standby: Instance, active: Instance) -> Norm:
    if tracked.kind == "process":
        if failure == "process-hang":
            return Norm.never(f"{tracked.name} sees that {tracked.watches} is there, not that it works")
        noticed = [Term(tracked.interval_s, f"delay of {tracked.name} {spoken(tracked.interval_s)}")]
    else:
        text = f"{tracked.fall} x interval {spoken(tracked.interval_s)} of {tracked.name}"
        noticed = [Term(tracked.fall * tracked.interval_s, text)]
        if failure == "process-hang":
            noticed.append(Term(tracked.timeout_s, f"timeout {spoken(tracked.timeout_s)} of {tracked.name}"))
    if tracked.weight == 0:
        return Norm.sum_of([*noticed, skew(standby, active), activation(standby)])
    left = active.effective_priority - abs(tracked.weight)
    if left >= standby.effective_priority:
        return Norm.never(
            f"{tracked.name} lowers the priority to {left} only, not below {standby.effective_priority}"
        )
    if not standby.preempts:
        return Norm.never(
            f"{tracked.name} lowers the priority, but a standby with nopreempt leaves a living node alone"
        )
    return Norm.sum_of([*noticed, *_master_down(standby, active), activation(standby)])
