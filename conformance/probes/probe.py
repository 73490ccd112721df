"""Probes as values: what is asked, of whom, how often; those of http, and what all are.

`conformance.probes.running` runs them; `conformance.probes.sql` has those of databases.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from conformance.probes.client import Client

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
class _HttpClient(Client):
    """What all http clients have in common."""

    target: str = "acd-lb"
    scheme: Literal["http", "https"] = "http"
    port: int | None = None
    """None: the scheme's own."""
    ca_file: str | None = CA_FILE
    """Whom to trust, at the vantage; None: the vantage's trust store."""
    verify: bool = True
    """Whether a certificate that cannot be verified is an error; no where another check judges it."""
    server_name: str | None = None
    """The name for `Host` and for the certificate, where it is not *target*."""

    def _client_settings(
        self, *, interval_ms: float, keep_alive: bool = False, spread: bool = False
    ) -> dict[str, Any]:
        return {
            **self._loop_settings(interval_ms=interval_ms, keep_alive=keep_alive, spread=spread),
            "host": self.server_name or self.target,
            "scheme": self.scheme,
            "port": self.port or PORTS[self.scheme],
            "ca_file": self.ca_file,
            "verify": self.verify,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class HttpProbe(_HttpClient):
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
            **self._client_settings(interval_ms=self.interval_ms, keep_alive=self.keep_alive),
            "plan": "request",
            "method": self.method,
            "path": self.path,
            "body": self.body,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionProbe(_HttpClient):
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
class NewSessionProbe(_HttpClient):
    """A new user every *interval_ms*, who logs in without any cookie and is never seen again.

    Run it alone where shares are judged: a balancer that deals in turn deals to other probes as well.
    """

    interval_ms: float = 10.0
    login_path: str = "/login"
    ready_after: int = 20

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know."""
        return {
            **self._client_settings(interval_ms=self.interval_ms, spread=True),
            "plan": "new",
            "login_path": self.login_path,
        }
