"""The proxies of a haproxy.cfg and their servers, with every default filled in."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from conformance.norms.haproxy_syntax import Section, Statement
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
    def is_backup(self) -> bool:
        """Tell whether it gets sessions only once the others are down."""
        return "backup" in self.options

    @property
    def check_port(self) -> str:
        """Return the port on which its health is asked for, as written."""
        return self.options.get("port", self.port)

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
