"""How long HAProxy takes to notice that a server is gone or back, and what a client sees of it.

A health check starts one pause (`inter`, or `fastinter` once a check has failed) after the END of the one
before. A silent server ends a check after min(`timeout connect`, `inter`) where it does not even accept the
connection, and after `timeout check` where it accepts and then says nothing; without `timeout check` the
whole check has `inter`.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

from conformance.norms.haproxy import Configuration
from conformance.norms.haproxy_proxies import Proxy, Server, time_s
from conformance.norms.norm import Norm, Term, spoken
from topologies.errors import UsageError

Failure = Literal["silent", "frozen", "refusing"]
"""silent: no power, no cable, cut off; frozen: its kernel accepts, nobody answers; refusing: errors."""

TURN_AROUND_S = 1.0
"""HAProxy waits so long, or `timeout connect` if shorter, before it tries a refusing server again."""


@dataclasses.dataclass(frozen=True)
class _Checks:
    """The timing of one server's health checks."""

    proxy: Proxy
    server: Server
    spread: float

    def pause(self, name: str, seconds: float) -> Term:
        if self.spread:
            return Term(
                seconds * (1 + self.spread), f"{name} {spoken(seconds)} x {1 + self.spread:g} (spread-checks)"
            )
        return Term(seconds, f"{name} {spoken(seconds)}")

    def longest(self) -> Term:
        """Return how long one check of a silent server may take."""
        inter_s = self.server.inter_s
        if (check_s := self.proxy.timeout_s("check")) is None:
            return Term(inter_s, f"inter {spoken(inter_s)} (no timeout check)")
        connect_s = min(self.proxy.timeout_s("connect") or inter_s, inter_s)
        if check_s >= connect_s:
            return Term(check_s, f"timeout check {spoken(check_s)}")
        return Term(connect_s, f"min(timeout connect, inter) {spoken(connect_s)}")


def _slowest(config: Configuration, server: str, backend: str | None, norm: Callable[[Proxy], Norm]) -> Norm:
    proxies = config.serving(server)
    if backend is not None:
        config.proxy(backend)
        proxies = tuple(proxy for proxy in proxies if proxy.name == backend)
    if not proxies:
        raise UsageError(f"haproxy.cfg: backend {backend!r} has no server {server!r}")
    return max((norm(proxy) for proxy in proxies), key=lambda found: found.seconds)


def _times(count: int, term: Term) -> Term:
    return Term(count * term.seconds, f"{count} x {term.text}")


def detection(
    config: Configuration, server: str, failure: Failure = "silent", *, backend: str | None = None
) -> Norm:
    """Return the worst time from the failure of *server* until HAProxy gives it nothing more.

    Without *backend* it is that of the slowest proxy that has a server of this name.

    Raises:
        UsageError: no proxy has such a server.
    """
    return _slowest(config, server, backend, lambda proxy: _detection(config, proxy, server, failure))


def checked(config: Configuration, proxy: Proxy, name: str) -> tuple[Proxy, Server]:
    """Return where the health of server *name* is checked: there, or at the server that it tracks."""
    server = proxy.servers[name]
    if "track" not in server.options:
        return proxy, server
    of, _, whom = server.options["track"].rpartition("/")
    return checked(config, config.proxy(of) if of else proxy, whom)


def _detection(config: Configuration, proxy: Proxy, name: str, failure: Failure) -> Norm:
    proxy, server = checked(config, proxy, name)
    where = f"server {proxy.name}/{server.name}"
    if not server.is_checked:
        return Norm.never(f"{where} has no health check, so its failure is never noticed")
    if failure == "frozen" and not proxy.check_wants_an_answer:
        return Norm.never(
            f"{where} is checked by a connection alone, which the kernel of a frozen server accepts"
        )
    checks = _Checks(proxy, server, config.spread_checks)
    first = checks.pause("inter", server.inter_s)
    doubt = checks.pause("fastinter" if "fastinter" in server.options else "inter", server.fastinter_s)
    waits = [first] if server.fall == 1 else [first, _times(server.fall - 1, doubt)]
    if failure != "refusing":
        waits.append(_times(server.fall, checks.longest()))
    return Norm.sum_of(waits)


def client_outage_norm(
    config: Configuration, server: str, failure: Failure = "silent", *, backend: str | None = None
) -> Norm:
    """Return how long a client whose requests go to *server* may be without an answer.

    It is the detection, and then what the request that is under way at that moment still has to wait before
    another server gets it.

    Raises:
        UsageError: no proxy has such a server.
    """
    return _slowest(config, server, backend, lambda proxy: _client_outage(config, proxy, server, failure))


def _client_outage(config: Configuration, proxy: Proxy, name: str, failure: Failure) -> Norm:
    noticed = _detection(config, proxy, name, failure)
    if not noticed.is_finite:
        return noticed
    if proxy.option("persist") is not None:
        return Norm.never(
            f"{proxy.name} has option persist, which sends a session to its server even when it is down"
        )
    connect_s = proxy.timeout_s("connect")
    if failure == "silent" and connect_s is not None:
        return noticed.then(connect_s, f"timeout connect {spoken(connect_s)} (attempt under way)")
    if failure == "refusing":
        pause_s = min(connect_s or TURN_AROUND_S, TURN_AROUND_S)
        return noticed.then(pause_s, f"pause before the next attempt {spoken(pause_s)}")
    if failure == "frozen" and proxy.servers[name].options.get("on-marked-down") != "shutdown-sessions":
        server_s = proxy.timeout_s("server")
        return noticed.then(server_s or 0.0, f"timeout server {spoken(server_s or 0.0)} (answer awaited)")
    return noticed.then(connect_s or 0.0, f"timeout connect {spoken(connect_s or 0.0)} (next attempt)")


def attempt_s(config: Configuration, server: str) -> float:
    """Return how long HAProxy waits for a silent *server* before it tries another one.

    Raises:
        UsageError: no proxy has such a server.
    """
    return min(proxy.timeout_s("connect") or TURN_AROUND_S for proxy in config.serving(server))


def recovery_norm(config: Configuration, server: str, *, backend: str | None = None) -> Norm:
    """Return the worst time from the moment at which *server* is well until it gets new sessions.

    A check that began while it was still down may run to its end first.

    Raises:
        UsageError: no proxy has such a server.
    """
    return _slowest(config, server, backend, lambda proxy: _recovery(config, proxy, server))


def _recovery(config: Configuration, proxy: Proxy, name: str) -> Norm:
    proxy, server = checked(config, proxy, name)
    if not server.is_checked:
        return Norm(
            seconds=0.0,
            formula=f"server {proxy.name}/{server.name} has no health check: it is always in service",
        )
    checks = _Checks(proxy, server, config.spread_checks)
    waits = [
        checks.longest(),
        checks.pause("downinter" if "downinter" in server.options else "inter", server.downinter_s),
    ]
    if server.rise > 1:
        doubt = checks.pause("fastinter" if "fastinter" in server.options else "inter", server.fastinter_s)
        waits.append(_times(server.rise - 1, doubt))
    if "slowstart" in server.options:
        slow_s = time_s(server.options["slowstart"])
        waits.append(Term(slow_s, f"slowstart {spoken(slow_s)}"))
    return Norm.sum_of(waits)


def prompt_refusal_norm(config: Configuration, server: str, *, backend: str | None = None) -> Norm:
    """Return within what time a request gets its 503 once every server is known to be down.

    HAProxy then tries nobody and answers at once; the limit is the time of the attempt that it saves.

    Raises:
        UsageError: no proxy has such a server.
    """
    return _slowest(config, server, backend, _refusal)


def _refusal(proxy: Proxy) -> Norm:
    connect_s = proxy.timeout_s("connect")
    if connect_s is None:
        return Norm.never(f"{proxy.name} has no timeout connect, so an attempt may last for ever")
    return Norm.sum_of([Term(connect_s, f"timeout connect {spoken(connect_s)}")])
