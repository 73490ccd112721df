"""Probes as values: what is asked, of whom, how often. `conformance.probes.running` runs them."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, Protocol

CA_FILE = "/etc/jtel/tls/ca.pem"
"""The authority of the run, as the lab puts it on every node."""
PORTS = {"http": 80, "https": 443}


class Probe(Protocol):
    """What can be run at a vantage."""

    @property
    def name(self) -> str:
        """The probe's name in the history."""

    @property
    def ready_after(self) -> int:
        """How many good answers in a row show that it works."""

    @property
    def deadline_ms(self) -> float:
        """How long one of its operations may take."""

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Client:
    """What all http clients have in common."""

    name: str
    target: str = "acd-lb"
    """An alias, looked up in the vantage's own hosts table whenever an operation starts, or an address."""
    scheme: Literal["http", "https"] = "http"
    port: int | None = None
    """None: the scheme's own."""
    deadline_ms: float = 500.0
    """Below 1000 on purpose: TCP sends a lost SYN again after 1 s, so with a longer deadline an operation
    that was started without service could end well, late, and blur the end of the outage."""
    ca_file: str | None = CA_FILE
    """Whom to trust, at the vantage; None: the vantage's trust store."""
    verify: bool = True
    """Whether a certificate that cannot be verified is an error; no where another check judges it."""
    server_name: str | None = None
    """The name for `Host` and for the certificate, where it is not *target*."""
    names: Literal["hosts", "system"] = "hosts"
    """`system` asks the whole resolver (DNS too), once, at the start."""
    max_s: float = 3600.0
    max_operations: int = 2_000_000

    def _client_settings(self, *, interval_ms: float) -> dict[str, Any]:
        return {
            "probe": self.name,
            "target": self.target,
            "host": self.server_name or self.target,
            "port": self.port or PORTS[self.scheme],
            "tls": self.scheme == "https",
            "ca_file": self.ca_file,
            "verify": self.verify,
            "names": self.names,
            "interval_ns": round(interval_ms * 1e6),
            "deadline_ns": round(self.deadline_ms * 1e6),
            "max_ns": round(self.max_s * 1e9),
            "max_operations": self.max_operations,
            "keep_alive": False,
            "spread": False,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class HttpProbe(_Client):
    """The same request every *interval_ms*, on a new connection each time (or on kept ones)."""

    method: str = "GET"
    path: str = "/"
    body: str = ""
    interval_ms: float = 10.0
    keep_alive: bool = False
    ready_after: int = 20

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return {
            **self._client_settings(interval_ms=self.interval_ms),
            "plan": "request",
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "keep_alive": self.keep_alive,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionProbe(_Client):
    """Users who log in at the start and ask who they are every *session_interval_ms*, evenly spread."""

    users: int = 20
    session_interval_ms: float = 100.0
    login_path: str = "/login"
    me_path: str = "/me"

    @property
    def ready_after(self) -> int:
        """Return two rounds: everybody has logged in and has been recognised once."""
        return 2 * self.users

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return {
            **self._client_settings(interval_ms=self.session_interval_ms / self.users),
            "plan": "staying",
            "users": self.users,
            "login_path": self.login_path,
            "me_path": self.me_path,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewSessionProbe(_Client):
    """A new user every *interval_ms*, who logs in without any cookie and is never seen again.

    Run it alone where shares are judged: a balancer that deals in turn deals to other probes as well.
    """

    interval_ms: float = 10.0
    login_path: str = "/login"
    ready_after: int = 20

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return {
            **self._client_settings(interval_ms=self.interval_ms),
            "plan": "new",
            "spread": True,
            "login_path": self.login_path,
        }
