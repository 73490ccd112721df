"""What a failed telephony server, or a virtual IP that changes its node, costs calls and their callers.

Several PBXs or proxies may give calls to the same server, each as it is configured; the slowest counts. One
that never gives it any has no part in it.
"""

from collections.abc import Collection

from conformance.norms.kamailio import Configuration
from conformance.norms.kamailio_detection import Failure, detection, recovery_norm, repetitions, rescue_norm
from conformance.norms.norm import Norm
from conformance.norms.sip_timers import answered_after


def new_call_outage(configs: Collection[Configuration], server: str, failure: Failure) -> Norm:
    """Return for how long new calls may go unanswered because they are given to a failed *server*.

    One that is silent is given calls until probes have noticed. One that rejects calls, or hangs, answers
    probes: it is given calls for good, and each is without an answer until the next server has it.

    Raises:
        UsageError: a timer is set to what only a call knows.
    """
    distributors = _distributors(configs, server)
    if failure == "silent":
        return _slowest(server, [detection(config, server, failure) for config in distributors])
    return _slowest(server, [rescue_norm(config, server, failure) for config in distributors])


def call_delay(configs: Collection[Configuration], server: str, failure: Failure) -> Norm:
    """Return how much longer the set-up of a call may take that is given to a failing *server*.

    When a server falls silent, a call may be ringing there already: it waits as one does that hangs.

    Raises:
        UsageError: a timer is set to what only a call knows.
    """
    met: tuple[Failure, ...] = ("silent", "hanging") if failure == "silent" else (failure,)
    return _slowest(
        server,
        [rescue_norm(config, server, one) for config in _distributors(configs, server) for one in met],
    )


def least_delay(configs: Collection[Configuration], server: str, failure: Failure) -> Norm:
    """Return by how much the set-up of every call takes longer that is given to *server* after its failure.

    Raises:
        UsageError: a timer is set to what only a call knows.
    """
    norms = [rescue_norm(config, server, failure) for config in _distributors(configs, server)]
    return min(norms, key=lambda norm: norm.seconds, default=_never(server))


def recovery(configs: Collection[Configuration], server: str) -> Norm:
    """Return the worst time from when *server* answers again until everybody gives it calls."""
    return _slowest(server, [recovery_norm(config, server) for config in _distributors(configs, server)])


def takeover_delay(pbx: Configuration, alias: str, gap: Norm) -> Norm:
    """Return how much longer the set-up of a call may take that *pbx* sends to a virtual IP without an owner.

    alias: the destination of the PBX; gap: for how long nobody owns it.

    Raises:
        UsageError: there is no such destination.
    """
    return answered_after(gap, "INVITE", repetitions(pbx, alias))


def _distributors(configs: Collection[Configuration], server: str) -> list[Configuration]:
    return [
        config
        for config in configs
        if any(server in {destination.name, destination.host} for destination in config.destinations)
    ]


def _slowest(server: str, norms: Collection[Norm]) -> Norm:
    return max(norms, key=lambda norm: norm.seconds, default=_never(server))


def _never(server: str) -> Norm:
    return Norm.never(f"no PBX and no proxy gives calls to {server}")
