"""What scenarios have in common: probes at work, the host watched, a fault that is undone."""

import contextlib
from collections.abc import Iterator, Sequence

from chaos.fault import Fault
from chaos.injection import injected
from conformance.case import Case
from conformance.norms.norm import Norm
from conformance.probes.probe import HttpProbe, Probe, SessionProbe
from conformance.probes.running import Running, running
from topologies.errors import NotReady
from topologies.lab import Lab
from topologies.system import Node

HTTP = HttpProbe(name="http", interval_ms=4)
"""4 ms, so that both edges of an outage are known to 10 ms."""
SESSIONS = SessionProbe(name="sessions", users=20, session_interval_ms=100)
BEFORE_S = 0.7
"""How long a system has to have worked before it is hurt."""
PATIENCE_S = 4.0
"""How long we wait for service to come back before we go on and call it absent."""
LONGEST_CAPTURE_S = 120.0
ENDLESS_S = 4.0
"""Of what the configuration never ends, so much is watched."""
LONGEST_S = 15.0
"""Longer norms are not sat out; the longest of the reference configurations is 10.5 s (`timeout server`)."""
STEADY = 50
"""So many good answers in a row are called service again, when the end of a watch is decided."""


def watch_s(norm: Norm, *, beyond_s: float) -> float:
    """Return for how long to watch what *norm* limits: beyond it, or for a while where nothing limits it.

    A norm of minutes is not sat out: what does not end before proves nothing then, and says so.
    """
    return min(norm.seconds if norm.is_finite else ENDLESS_S, LONGEST_S) + beyond_s


@contextlib.contextmanager
def under_observation(
    lab: Lab, case: Case, probes: Sequence[Probe] = (HTTP, SESSIONS), *, vantage: Node | None = None
) -> Iterator[Running]:
    """Run *probes* and the stall monitor for the length of the block, which begins on a working system.

    vantage: another node than the system's own vantage.
    """
    with (
        _captured(lab, case, vantage or lab.vantage),
        lab.stalls(case.recorder.record),
        running(probes, lab, case.recorder, vantage=vantage) as at_work,
    ):
        at_work.watch(BEFORE_S)
        yield at_work


@contextlib.contextmanager
def _captured(lab: Lab, case: Case, vantage: Node) -> Iterator[None]:
    """Keep what the vantage sends and receives in `client.pcap`, where the run asks for captures."""
    if not case.pcap:
        yield
        return
    network = next(iter(vantage.spec.addresses))
    with lab.capture(vantage.name, network=network, filter_="", seconds=LONGEST_CAPTURE_S) as capture:
        yield
    (case.folder / "client.pcap").write_bytes(capture.pcap())


@contextlib.contextmanager
def hurt(  # noqa: PLR0913 -- the numbers are keyword-only
    lab: Lab, case: Case, fault: Fault, at_work: Running, *, watch_s: float, service_returns: bool = True
) -> Iterator[None]:
    """Hold *fault* for *watch_s* and until service is back (or patience ends); run the block; then heal.

    The watch is longer than any norm that is judged, so a late recovery is a measurement and not a timeout.
    *service_returns* says whether service is expected back before the fault is healed.
    """
    with injected(fault, lab, case.recorder.record):
        at_work.watch(watch_s)
        if service_returns:
            with contextlib.suppress(NotReady):  # absent service is what the history then shows
                at_work.until_served(patience_s=PATIENCE_S, in_a_row=STEADY)
        yield


def until_ready(lab: Lab, *nodes: str) -> None:
    """Wait until healed nodes do their job again.

    Raises:
        NotReady: one does not; its own words are quoted.
    """
    for name in nodes:
        ended = lab.nodes[name].run("/usr/local/sbin/ready", "15", timeout_s=20)
        if ended.status:
            raise NotReady(f"{name} was healed, but is not ready: {ended.stderr.strip()}")
