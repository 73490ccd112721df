"""A haproxy.cfg as found on a balancer: its proxies and servers, with every default filled in."""

import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from conformance.norms.haproxy_syntax import PROXIES, Section, Statement, sections
from topologies.errors import UsageError

_UNITS_S = {"us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"(\d+)(us|ms|s|m|h|d|)")

FLAGS = frozenset(
    {
        *("check", "no-check", "agent-check", "no-agent-check", "backup", "no-backup", "disabled", "enabled"),
        *("ssl", "no-ssl", "check-ssl", "no-check-ssl", "send-proxy", "no-send-proxy", "send-proxy-v2"),
        *(
            "no-send-proxy-v2",
            "send-proxy-v2-ssl",
            "send-proxy-v2-ssl-cn",
            "check-send-proxy",
            "tfo",
            "no-tfo",
        ),
        *(
            "no-check-send-proxy",
            "check-via-socks4",
            "allow-0rtt",
            "ssl-reuse",
            "no-ssl-reuse",
            "stick",
            "non-stick",
        ),
        *("tls-tickets", "no-tls-tickets", "no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13"),
        *(
            "force-sslv3",
            "force-tlsv10",
            "force-tlsv11",
            "force-tlsv12",
            "force-tlsv13",
            "no-verifyhost",
            "strict",
        ),
    }
)
"""Words of a server line that take no value; every other word takes one."""

CHECK_OPTIONS = frozenset(
    {
        *("httpchk", "tcp-check", "ssl-hello-chk", "mysql-check", "pgsql-check", "redis-check", "smtpchk"),
        *("ldap-check", "spop-check", "external-check"),
    }
)


_SHOWING = ("enable", "uri", "auth", "realm", "refresh", "admin")
_AUTHENTICATING = (("stats", "auth"), ("stats", "http-request", "auth"), ("http-request", "auth"))


def time_s(text: str) -> float:
    """Return the seconds that a time of HAProxy means; without a unit it is in milliseconds.

    Raises:
        UsageError: it is not a time.
    """
    if not (match := _TIME.fullmatch(text)):
        raise UsageError(f"haproxy.cfg: {text!r} is not a time; write a number and one of us, ms, s, m, h, d")
    return int(match[1]) * _UNITS_S[match[2]]


@dataclasses.dataclass(frozen=True)
class Server:
    """A `server` line, with the `default-server` lines before it applied."""

    name: str
    address: str
    options: Mapping[str, str]
    """Its words with their values; a flag has an empty one."""

    @property
    def port(self) -> str:
        """Return the port, as written."""
        return self.address.rpartition(":")[2] if ":" in self.address else ""

    @property
    def is_checked(self) -> bool:
        """Tell whether HAProxy looks after its health by itself."""
        return "check" in self.options

    @property
    def weight(self) -> int:
        """Return the relative share of new sessions."""
        return int(self.options.get("weight", "1"))

    @property
    def inter_s(self) -> float:
        """Return the pause between two health checks of a server that is well."""
        return time_s(self.options.get("inter", "2000"))

    @property
    def fastinter_s(self) -> float:
        """Return the pause between two health checks while the state is in doubt."""
        return time_s(self.options["fastinter"]) if "fastinter" in self.options else self.inter_s

    @property
    def downinter_s(self) -> float:
        """Return the pause between two health checks of a server that is down."""
        return time_s(self.options["downinter"]) if "downinter" in self.options else self.inter_s

    @property
    def fall(self) -> int:
        """Return how many failed checks in a row take it down."""
        return int(self.options.get("fall", "3"))

    @property
    def rise(self) -> int:
        """Return how many good checks in a row bring it up."""
        return int(self.options.get("rise", "2"))


@dataclasses.dataclass(frozen=True)
class Proxy:
    """A frontend, backend or listen section with what it inherits."""

    section: Section

    @property
    def name(self) -> str:
        """Return its name."""
        return self.section.name

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Return its statements, those of its defaults first."""
        return (*self.section.inherited, *self.section.statements)

    def values(self, *words: str) -> list[tuple[str, ...]]:
        """Return what follows *words* in every statement that begins so."""
        return [s.words[len(words) :] for s in self.statements if s.begins(*words) and not s.negated]

    def timeout_s(self, name: str) -> float | None:
        """Return a timeout, or None where none is set."""
        found = self.values("timeout", name)
        return time_s(found[-1][0]) if found else None

    def option(self, name: str) -> tuple[str, ...] | None:
        """Return the arguments of an option that is on, or None."""
        found = [s for s in self.statements if s.begins("option", name)]
        return found[-1].words[2:] if found and not found[-1].negated else None

    @property
    def check_option(self) -> str | None:
        """Return the option that says how servers are checked; None means that connecting is enough."""
        on = [s for s in self.statements if s.words[:1] == ("option",) and s.words[1] in CHECK_OPTIONS]
        return on[-1].words[1] if on and not on[-1].negated else None

    @property
    def check_wants_an_answer(self) -> bool:
        """Tell whether a health check needs the server's program, not only its kernel."""
        if self.check_option == "tcp-check":
            return bool(self.values("tcp-check", "expect"))
        return self.check_option is not None

    @cached_property
    def servers(self) -> Mapping[str, Server]:
        """Return its servers by name."""
        common: dict[str, str] = {}
        found: dict[str, Server] = {}
        for statement in self.statements:
            if statement.begins("default-server"):
                _apply(common, statement.words[1:], statement)
            elif statement.begins("server"):
                if len(statement.words) < 3:  # noqa: PLR2004 -- server, name, address
                    raise UsageError(
                        f"haproxy.cfg line {statement.line}: a server needs a name and an address"
                    )
                options = dict(common)
                _apply(options, statement.words[3:], statement)
                found[statement.words[1]] = Server(statement.words[1], statement.words[2], options)
        return found


def _apply(options: dict[str, str], words: Sequence[str], statement: Statement) -> None:
    """Put the words of a server line into *options*; `no-check` takes `check` back, and so on."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in FLAGS:
            options[word] = ""
            opposite = word.removeprefix("no-") if word.startswith("no-") else f"no-{word}"
            options.pop(opposite, None)
        elif rest:
            options[word] = rest.pop(0)
        else:
            raise UsageError(f"haproxy.cfg line {statement.line}: {word!r} has no value")


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
