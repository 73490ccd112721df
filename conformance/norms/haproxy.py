"""A haproxy.cfg as found on a balancer: its proxies, and the ways to manage it."""

import dataclasses
import itertools
from functools import cached_property

from conformance.norms.haproxy_proxies import Proxy
from conformance.norms.haproxy_syntax import PROXIES, Section, Statement, sections
from topologies.errors import UsageError

_SHOWING = ("enable", "uri", "auth", "realm", "refresh", "admin")
_AUTHENTICATING = (("stats", "auth"), ("stats", "http-request", "auth"), ("http-request", "auth"))


@dataclasses.dataclass(frozen=True)
class ControlSocket:
    """A `stats socket` line: a way to command HAProxy."""

    address: str
    mode: str | None
    level: str


@dataclasses.dataclass(frozen=True)
class StatsPage:
    """A proxy that shows statistics."""

    proxy: str
    binds: tuple[str, ...]
    wants_credentials: bool


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A whole haproxy.cfg."""

    sections: tuple[Section, ...]

    @cached_property
    def proxies(self) -> tuple[Proxy, ...]:
        """Return every frontend, backend and listen section."""
        return tuple(Proxy(section) for section in self.sections if section.kind in PROXIES)

    @cached_property
    def global_statements(self) -> tuple[Statement, ...]:
        """Return the statements of the global sections."""
        return tuple(s for section in self.sections if section.kind == "global" for s in section.statements)

    @property
    def spread_checks(self) -> float:
        """Return by which fraction the pauses between checks may be longer."""
        found = [s.words[1] for s in self.global_statements if s.begins("spread-checks")]
        return int(found[-1]) / 100 if found else 0.0

    def proxy(self, name: str) -> Proxy:
        """Return the proxy that has servers and this name.

        Raises:
            UsageError: there is none.
        """
        having = {proxy.name: proxy for proxy in self.proxies if proxy.section.kind != "frontend"}
        if name not in having:
            raise UsageError(f"haproxy.cfg: no backend {name!r}; there are {sorted(having)}")
        return having[name]

    def serving(self, server: str) -> tuple[Proxy, ...]:
        """Return the proxies that have a server of this name.

        Raises:
            UsageError: none has.
        """
        found = tuple(proxy for proxy in self.proxies if server in proxy.servers)
        if not found:
            known = sorted({name for proxy in self.proxies for name in proxy.servers})
            raise UsageError(f"haproxy.cfg: no server {server!r}; there are {known}")
        return found

    @property
    def control_sockets(self) -> tuple[ControlSocket, ...]:
        """Return the sockets by which HAProxy is commanded."""
        found = []
        for statement in self.global_statements:
            if statement.begins("stats", "socket"):
                words = statement.words
                given = dict(itertools.pairwise(words))
                found.append(ControlSocket(words[2], given.get("mode"), given.get("level", "operator")))
        return tuple(found)

    @property
    def certificates(self) -> tuple[str, ...]:
        """Return the paths of the certificates that are shown to clients."""
        binds = [bind for proxy in self.proxies for bind in proxy.values("bind")]
        found = [after for bind in binds for word, after in itertools.pairwise(bind) if word == "crt"]
        return tuple(dict.fromkeys(found))

    @property
    def stats_pages(self) -> tuple[StatsPage, ...]:
        """Return the proxies that show statistics to whoever may ask."""
        return tuple(
            StatsPage(
                proxy.name,
                tuple(bind[0] for bind in proxy.values("bind")),
                any(proxy.values(*words) for words in _AUTHENTICATING),
            )
            for proxy in self.proxies
            if any(proxy.values("stats", word) for word in _SHOWING)
        )


def parse(text: str) -> Configuration:
    """Read a haproxy.cfg.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    return Configuration(sections(text))
