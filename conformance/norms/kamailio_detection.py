"""How long Kamailio's dispatcher takes to notice that a server is gone or back, and what a call pays for it.

A probe is an OPTIONS to every destination, all at once, every `ds_ping_interval`. It has failed when it
got no good answer within fr_timer, and `ds_probing_threshold` failures in a row take the destination out
of service. So a silent server is out after fr_timer + (threshold - 1) x interval at the soonest, when it
fell silent right before a probe, and after fr_timer + threshold x interval at the latest, when it fell
silent right after it had answered one. UDP tells of a dead process no more than of a dead machine: both
are silence.
"""

from typing import Literal

from conformance.norms.kamailio import TICK_S, Configuration, on_ticks
from conformance.norms.kamailio_destinations import (
    DISABLED,
    PROBING,
    UNPROBED,
    UNRESOLVED,
    Destination,
)
from conformance.norms.norm import Norm, Term, spoken
from conformance.norms.sip_timers import SipTimers

Failure = Literal["silent", "rejecting", "hanging"]
"""silent: no power, cut off, frozen, its process dead; rejecting: answers probes and refuses calls with 5xx;
hanging: answers probes, takes calls with a provisional answer, and leaves them there."""

_NONE, _INACTIVE, _FLAGGED = 0, 2, 3  # probing modes; 1 probes all
_UNAVAILABLE, _TIMED_OUT = 503, 408


def detection(config: Configuration, server: str, failure: Failure = "silent") -> Norm:
    """Return the worst time from the failure of *server* until probes have taken it out of service.

    Calls may notice it earlier: see `detection_by_calls`.

    Raises:
        UsageError: there is no such destination.
    """
    destination = config.destination(server)
    if why := _why_unnoticed(config, destination, failure):
        return Norm.never(why)
    text = f"{config.fall} x ds_ping_interval {spoken(config.probe_interval_s)}"
    return Norm.sum_of([_probe_timeout(config), Term(config.fall * config.probe_interval_s, text)])


def soonest_detection(config: Configuration, server: str) -> Norm:
    """Return the least time from the silence of *server* until probes have taken it out of service.

    Raises:
        UsageError: there is no such destination.
    """
    if why := _why_unnoticed(config, config.destination(server), "silent"):
        return Norm.never(why)
    seconds, text = _probe_timeout(config)
    rounds = config.fall - 1
    return Norm.sum_of(
        [
            Term(seconds - TICK_S, f"{text} less a timer tick of {spoken(TICK_S)}"),
            Term(
                rounds * config.probe_interval_s,
                f"{rounds} x ds_ping_interval {spoken(config.probe_interval_s)}",
            ),
        ]
    )


def detection_by_calls(config: Configuration, server: str, *, call_every_s: float) -> Norm:
    """Return the worst time until calls alone have taken a silent *server* out of service.

    call_every_s: how often it is given one.

    Raises:
        UsageError: there is no such destination.
    """
    destination = config.destination(server)
    if not any(set(state) & set("idt") for state in config.marks):
        return Norm.never("no failure route marks the destination of a call that failed (ds_mark_dst)")
    at_once = any(set(state) & set("id") for state in config.marks)
    calls = 1 if at_once else config.fall
    met = Term(calls * call_every_s, f"{calls} x a call every {spoken(call_every_s)}")
    return Norm.sum_of([met, _waiting(config, destination, "fr_timer")])


def rescue_norm(config: Configuration, server: str, failure: Failure = "silent", *, servers: int = 1) -> Norm:
    """Return how long a call that is given to a failed *server* takes until the next one has it.

    What a timer ends is carried out by a process of its own, which looks once in a tick.

    servers: how many failed ones it may meet before.

    Raises:
        UsageError: there is no such destination.
    """
    destination = config.destination(server)
    set_id = destination.set_id
    if not config.others_than(destination):
        return Norm.never(f"{destination.name} is alone in set {set_id}, so a call has nowhere else to go")
    if not config.rescues(set_id):
        return Norm.never("no failure route sends a call on to the next destination: it is lost")
    if not config.rescues_from(_UNAVAILABLE if failure == "rejecting" else _TIMED_OUT, set_id):
        what = "a call that is refused with 503" if failure == "rejecting" else "a call without an answer"
        return Norm.never(f"the failure route does not send {what} on to the next destination")
    if failure == "rejecting":
        return Norm(seconds=0.0, formula="a call that is refused goes on at once")
    waited = _waiting(config, destination, "fr_timer" if failure == "silent" else "fr_inv_timer")
    carried_out = Term(TICK_S, f"a timer tick of {spoken(TICK_S)}")
    return Norm.sum_of([Term(servers * waited.seconds, f"{servers} x {waited.text}"), carried_out])


def repetitions(config: Configuration, server: str) -> SipTimers:
    """Return how Kamailio repeats a call to *server* that gets no answer at all.

    Raises:
        UsageError: there is no such destination.
    """
    return SipTimers(
        t1_s=config.timer_s("retr_timer1"),
        t2_s=config.timer_s("retr_timer2"),
        gives_up_after_s=_waiting(config, config.destination(server), "fr_timer").seconds,
        limits_invite=True,
        early_by_s=TICK_S,
        late_by_s=TICK_S,
    )


def recovery_norm(config: Configuration, server: str) -> Norm:
    """Return the worst time from the moment at which *server* answers again until it is given calls.

    Raises:
        UsageError: there is no such destination.
    """
    destination = config.destination(server)
    if not config.marks and not detection(config, server).is_finite:
        return Norm(seconds=0.0, formula=f"{destination.name} is never taken out of service")
    if why := _why_not_asked(config, destination, marked=any("p" in state for state in config.marks)):
        return Norm.never(why)
    text = f"{config.rise} x ds_ping_interval {spoken(config.probe_interval_s)}"
    return Norm.sum_of([Term(config.rise * config.probe_interval_s, text)])


def _probe_timeout(config: Configuration) -> Term:
    """Return how long a probe waits for its answer; no transaction outlives max_noninv_lifetime."""
    configured_s, lifetime_s = config.timer_s("fr_timer"), config.timer_s("max_noninv_lifetime")
    if lifetime_s < configured_s:
        return _ticked("max_noninv_lifetime", lifetime_s)
    return _ticked("fr_timer", configured_s)


def _waiting(config: Configuration, destination: Destination, timer: str) -> Term:
    """Return how long a call waits for its first answer, or for its last one after a provisional one."""
    configured_s, lifetime_s = (
        config.patience_s(timer, destination.set_id),
        config.timer_s("max_inv_lifetime"),
    )
    if lifetime_s < configured_s:
        return _ticked("max_inv_lifetime", lifetime_s)
    return _ticked(timer, configured_s)


def _ticked(name: str, configured_s: float) -> Term:
    seconds = on_ticks(configured_s)
    rounded = "" if round(seconds - configured_s, 9) == 0 else f" (configured {spoken(configured_s)})"
    return Term(seconds, f"{name} {spoken(seconds)}{rounded}")


def _why_unnoticed(config: Configuration, destination: Destination, failure: Failure) -> str:
    """Return why probes never take the destination out of service; empty where they do."""
    if failure != "silent":
        return f"a {failure} server answers probes, so they never notice it"
    if config.probing_mode == _INACTIVE:
        return "ds_probing_mode 2 probes only what is out of service already"
    if why := _why_not_asked(config, destination, marked=False):
        return why
    if config.silence_passes:
        return "ds_ping_reply_codes accepts 408, which is what a probe without an answer ends with"
    return ""


def _why_not_asked(config: Configuration, destination: Destination, *, marked: bool) -> str:
    """Return why the destination is not probed again and again; empty where it is.

    marked: a failure route marks it as one to be probed.
    """
    name, mode = destination.name, config.probing_mode
    reasons = {
        "the module dispatcher is not loaded": "dispatcher" not in config.script.modules,
        "ds_ping_interval is 0: nobody is probed": config.probe_interval_s <= 0,
        f"{name} has flags {destination.flags}, so it is not probed": destination.flags
        & (DISABLED | UNRESOLVED | UNPROBED),
        "ds_probing_mode 0 probes what is marked so once, and nothing again": mode == _NONE,
        f"ds_probing_mode 3 probes only what is marked so, and {name} is not": mode == _FLAGGED
        and not (destination.flags & PROBING or marked),
        "ds_probing_mode 2 probes only what is marked so (ds_mark_dst with p)": mode == _INACTIVE
        and config.marks
        and not marked,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
