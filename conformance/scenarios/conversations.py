"""Calls in each direction, with speech, while nothing fails; what crosses the proxies is counted."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence

from conformance.case import Case
from conformance.probes.running import running
from conformance.scenarios import telephony
from topologies.lab import Lab

CALLS = "calls"
THEY_END = "calls that they end"
CALLS_S = 4.0
"""For how long calls are placed."""
RATE = 12
"""Calls per second: enough in that time that a server without any is no chance, for each of two PBXs."""
CALLED_BACK_WITHIN_S = 1.5


@dataclasses.dataclass(frozen=True)
class Conversations:
    """What was recorded, and whom it was between."""

    case: Case
    probes: tuple[str, ...]
    exchanges: tuple[str, ...]
    servers: tuple[str, ...]


def record(lab: Lab, open_case: Callable[..., Case]) -> Conversations:
    """Record calls to the hotline, ended by either side, and calls back."""
    probes = [
        telephony.calls_and_call_backs(lab, CALLS, rate=RATE, hold_s=0.8),
        telephony.calls_that_they_end(lab, THEY_END, rate=2, hold_s=0.8),
    ]
    names = tuple(probe.name for probe in probes)
    with open_case("calls in each direction") as case:
        with (
            lab.stalls(case.recorder.record),
            crossing_counted(lab, case, telephony.proxies(lab)),
            running(probes, lab, case.recorder, need_service=False) as at_work,
        ):
            at_work.watch(CALLS_S)
        telephony.hold_against_the_standard(lab, case, names)
        return Conversations(case, names, telephony.exchanges(lab), telephony.telephony_servers(lab))


@contextlib.contextmanager
def crossing_counted(lab: Lab, case: Case, nodes: Sequence[str]) -> Iterator[None]:
    """Record how many packets of RTP and of SIP the kernel of each of *nodes* saw during the block."""
    with contextlib.ExitStack() as counting:
        counts = {node: counting.enter_context(lab.count_datagrams(node)) for node in nodes}
        yield
    for node, counted in counts.items():
        case.observed("rtp-at-proxy", at_ns=lab.now_ns(), node=node, value=dict(counted.read()))
