"""A web server fails and returns; or all of them do."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from chaos.crash import Crash
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from chaos.together import Together
from conformance.case import Case
from conformance.found import found
from conformance.norms import detection
from conformance.norms.haproxy import Configuration
from conformance.norms.norm import Norm
from conformance.probes.probe import NewSessionProbe
from conformance.probes.running import running
from conformance.scenarios.recording import HTTP, hurt, under_observation, until_ready, watch_s
from topologies.lab import Lab
from topologies.model import Role

NEWCOMERS = NewSessionProbe(name="newcomers", interval_ms=10)
NEWCOMERS_S = 0.8
BEYOND_S = 0.5
"""For how much longer than the norm a dead server is watched."""
RETURN_S = 1.1
"""How long the return of a server is watched at least, once it is ready."""


@dataclasses.dataclass(frozen=True)
class WebFailure:
    """A way for a web server to fail."""

    name: str
    as_seen: detection.Failure
    """How the balancer learns of it; the norm depends on it."""
    fault: Callable[[str], Fault]
    number: int
    """Which of the web servers it hits, counted from the one that the seed chooses."""

    def __str__(self) -> str:
        return self.name


FAILURES = (
    WebFailure("power-loss", "silent", PowerLoss, 0),
    WebFailure("crash", "refusing", lambda node: Crash(node, "jtel-web"), 1),
    WebFailure("freeze", "frozen", Freeze, 0),
    WebFailure("isolation", "silent", Isolate, 1),
)


@dataclasses.dataclass(frozen=True)
class WebLoss:
    """What was recorded, and what is needed to judge it."""

    case: Case
    fault: str
    victim: str
    detection: Norm
    client_outage: Norm
    recovery: Norm
    late_ms: float
    """An answer that took so long had gone to another server first."""


@dataclasses.dataclass(frozen=True)
class AllGone:
    """What was recorded while no web server was left."""

    case: Case
    faults: tuple[str, ...]
    detection: Norm
    refusal: Norm
    recovery: Norm


def record(lab: Lab, open_case: Callable[..., Case], failure: WebFailure, *, seed: int) -> WebLoss:
    """Record the loss of one web server, and its return; the seed decides which server is hit first."""
    servers = list(lab.topology.with_role(Role.WEB))
    victim = servers[(failure.number + seed) % len(servers)]
    fault = failure.fault(victim)
    told = f"{fault.name} of {victim}"
    with open_case(f"{told}, a web server", fault=told) as case:
        proxies = found(lab, case).haproxy.values()
        noticed = _slowest(proxies, lambda proxy: detection.detection(proxy, victim, failure.as_seen))
        outage = _slowest(proxies, lambda proxy: detection.client_outage_norm(proxy, victim, failure.as_seen))
        recovery = _slowest(proxies, lambda proxy: detection.recovery_norm(proxy, victim))
        late_ms = 800 * min(detection.attempt_s(proxy, victim) for proxy in proxies)
        with under_observation(lab, case) as at_work:
            with hurt(lab, case, fault, at_work, watch_s=watch_s(outage, beyond_s=BEYOND_S + 0.2)):
                pass
            until_ready(lab, victim)
            at_work.watch(max(watch_s(recovery, beyond_s=0.5), RETURN_S))
        with running([NEWCOMERS], lab, case.recorder) as at_work:
            at_work.watch(NEWCOMERS_S)
        return WebLoss(case, told, victim, noticed, outage, recovery, late_ms)


def record_all_gone(lab: Lab, open_case: Callable[..., Case]) -> AllGone:
    """Record the loss of every web server at once, and their return."""
    servers = list(lab.topology.with_role(Role.WEB))
    faults = [PowerLoss(server) for server in servers]
    with open_case("power loss of every web server", fault="power loss of every web server") as case:
        proxies = found(lab, case).haproxy.values()
        noticed = _slowest(proxies, lambda proxy: _of_all(proxy, servers, detection.detection))
        refusal = _slowest(proxies, lambda proxy: _of_all(proxy, servers, detection.prompt_refusal_norm))
        recovery = _slowest(proxies, lambda proxy: _of_all(proxy, servers, detection.recovery_norm))
        with under_observation(lab, case, [HTTP]) as at_work:
            fault = Together(tuple(faults))
            long_s = watch_s(noticed, beyond_s=1.0)
            with hurt(lab, case, fault, at_work, watch_s=long_s, service_returns=False):
                pass
            until_ready(lab, *servers)
            at_work.until_served(patience_s=10)
        told = tuple(f"{one.name} of {one.node}" for one in faults)
        return AllGone(case, told, noticed, refusal, recovery)


def _slowest(proxies: Iterable[Configuration], norm: Callable[[Configuration], Norm]) -> Norm:
    """Return the longest norm over all balancers: any of them may be the active one."""
    return max((norm(proxy) for proxy in proxies), key=lambda found_norm: found_norm.seconds)


def _of_all(proxy: Configuration, servers: Sequence[str], norm: Callable[[Configuration, str], Norm]) -> Norm:
    return max((norm(proxy, server) for server in servers), key=lambda found_norm: found_norm.seconds)
