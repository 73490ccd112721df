"""A telephony server fails under 20 calls a second, with 50 of them up, and returns."""

import dataclasses
from collections.abc import Callable

from chaos.crash import Crash
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from chaos.reject_calls import RejectCalls
from chaos.silent_calls import SilentCalls
from chaos.udp_loss import UdpLoss
from conformance.case import Case
from conformance.evidence import Usual
from conformance.found import found_exchanges
from conformance.injections import Injection
from conformance.norms import call_outage
from conformance.norms.kamailio_detection import Failure
from conformance.norms.norm import Norm
from conformance.probes.running import running
from conformance.scenarios import telephony
from conformance.scenarios.recording import hurt, until_ready, watch_s
from conformance.stalls import Stalls
from topologies.lab import Lab

BEYOND_S = 0.5
"""For how much longer than the norm a dead server is watched."""
LONGEST_S = 4.0
"""A norm that is longer is not sat out: the configuration is wrong by itself then."""
SHARES_S = 1.5
"""For so long calls are watched of which a returned server has to have its share: 30 of them tell."""
LATE_SHARE = 0.6
"""A call that is later than usual by this share of what a failed server costs has met it."""


@dataclasses.dataclass(frozen=True)
class ServerFailure:
    """A way for a telephony server to fail."""

    name: str
    as_seen: Failure
    """How whoever gives it calls experiences it; the norm depends on it."""
    fault: Callable[[str], Fault]
    number: int
    """Which of the servers it hits, counted from the one that the seed chooses."""

    def __str__(self) -> str:
        return self.name


FAILURES = (
    ServerFailure("power-loss", "silent", PowerLoss, 0),
    ServerFailure("crash", "silent", lambda node: Crash(node, "jtel-telephony"), 1),
    ServerFailure("freeze", "silent", Freeze, 0),
    ServerFailure("isolation", "silent", Isolate, 1),
    ServerFailure("answers-lost", "silent", lambda node: UdpLoss(node, "out"), 0),
    ServerFailure("rejection", "rejecting", RejectCalls, 1),
    ServerFailure("no-answer", "hanging", SilentCalls, 0),
)


@dataclasses.dataclass(frozen=True)
class ServerLoss:
    """What was recorded, and what is needed to judge it."""

    case: Case
    failure: ServerFailure
    fault: str
    """As the checks name it, such as `power loss of tel1`."""
    victim: str
    outage: Norm
    """For how long new calls may be given to it."""
    delay: Norm
    """How much later a call that meets it is answered."""
    recovery: Norm
    """From when it answers again until it may be given calls."""
    gets_calls: Norm
    """The same, and until it is its turn."""
    late_ms: float
    """A call that was set up so late has met it."""


def record(lab: Lab, open_case: Callable[..., Case], failure: ServerFailure, *, seed: int) -> ServerLoss:
    """Record the loss of one telephony server, and its return; the seed decides which one is hit first."""
    servers = telephony.telephony_servers(lab)
    victim = servers[(failure.number + seed) % len(servers)]
    fault = failure.fault(victim)
    told = f"{fault.name} of {victim}"
    calls = telephony.many_calls(lab)
    with open_case(f"{told}, a telephony server", fault=told) as case:
        configs = found_exchanges(lab, case).values()
        outage = call_outage.new_call_outage(configs, victim, failure.as_seen)
        delay = call_outage.call_delay(configs, victim, failure.as_seen)
        rescue = call_outage.least_delay(configs, victim, failure.as_seen)
        recovery = call_outage.recovery(configs, victim)
        with lab.stalls(case.recorder.record), running([calls], lab, case.recorder) as at_work:
            at_work.watch(telephony.FULL_S)
            long_s = min(watch_s(outage, beyond_s=BEYOND_S), LONGEST_S)
            with hurt(lab, case, fault, at_work, watch_s=long_s + BEYOND_S, service_returns=False):
                pass
            until_ready(lab, victim)
            case.observed("ready", at_ns=lab.now_ns(), node=victim, value=True)
            at_work.watch(min(watch_s(recovery, beyond_s=SHARES_S), LONGEST_S))
        return ServerLoss(
            case=case,
            failure=failure,
            fault=told,
            victim=victim,
            outage=outage,
            delay=delay,
            recovery=recovery,
            gets_calls=recovery.then(_turn_s(lab, calls.rate), f"its turn, one of {len(servers)} servers"),
            late_ms=_late_ms(case, told, rescue),
        )


def _turn_s(lab: Lab, rate: float) -> float:
    """Return how long it takes at most that each of those who give calls has given one to every server."""
    return len(telephony.telephony_servers(lab)) * len(telephony.exchanges(lab)) / rate


def _late_ms(case: Case, fault: str, rescue: Norm) -> float:
    """Return from when a call is late: by most of what a failed server costs it, beyond what is usual."""
    history = case.history()
    operations = history.operations(telephony.MANY_CALLS)
    began_ns = Injection.named(history, fault)[0].began_ns
    usual = Usual.of(operations, Stalls.of(history, operations), began_ns)
    return usual.latency_ns / 1e6 + LATE_SHARE * 1000 * min(rescue.seconds, LONGEST_S)
