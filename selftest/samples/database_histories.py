"""Crafted histories of databases: servers fail one after the other, and sessions go elsewhere."""

import dataclasses
import random
from collections.abc import Iterator

from selftest.samples.histories import Line, at


@dataclasses.dataclass(frozen=True)
class Strike:
    """A fault of a database server, from when until when."""

    name: str
    node: str
    began_s: float
    healed_s: float

    @property
    def silences(self) -> bool:
        """Whether the server serves nobody meanwhile."""
        return not self.name.startswith("replica")


@dataclasses.dataclass(frozen=True)
class SqlClient:
    """A probe of databases, and the servers behind its alias in order of preference."""

    name: str
    target: str
    what: str
    interval_s: float
    servers: tuple[str, ...]


WRITES = SqlClient("writes", "acd-dbm", "insert", 0.004, ("dbm1", "dbm2"))
READS = SqlClient("reads", "acd-dbm", "read", 0.02, ("dbm1", "dbm2"))
REAL_TIME = SqlClient("real-time", "acd-dbs", "read", 0.008, ("dbs1", "dbs2", "dbm2", "dbm1"))
REPORTS = SqlClient("reports", "acd-dbr", "read", 0.008, ("dbs2", "dbs1", "dbm2", "dbm1"))
THREE_STRIKES = (
    Strike("replication link cut", "dbm2", 0.0, 5.6),
    Strike("power loss", "dbm1", 1.6, 2.5),
    Strike("power loss", "dbm2", 3.3, 5.2),
)


@dataclasses.dataclass(frozen=True)
class DatabaseScene:
    """Faults of database servers and what clients saw; a server that was struck is usable *back_s* later."""

    strikes: tuple[Strike, ...] = THREE_STRIKES
    clients: tuple[SqlClient, ...] = (WRITES, READS, REAL_TIME, REPORTS)
    takeover_s: float = 0.4
    back_s: float = 0.6
    before_s: float = 1.0
    until_s: float = 8.0
    deadline_s: float = 0.5
    seed: int = 7

    def history(self) -> list[Line]:
        """Return the lines of the record, in order."""
        lines = [*self._witnesses()]
        for client in self.clients:
            lines += self._operations(client, random.Random(f"{self.seed} {client.name}"))  # noqa: S311 -- a sample
        return sorted(lines, key=lambda line: int(line["at_ns"]))

    def _operations(self, client: SqlClient, chance: random.Random) -> Iterator[Line]:
        about = {"target": client.target, "scheme": "mysql", "interval_ms": client.interval_s * 1e3}
        about |= {"deadline_ms": self.deadline_s * 1e3, "vantage": "web1"}
        yield {"t": "probe", "at_ns": at(-self.before_s), "probe": client.name, **about}
        active: str | None = client.servers[0]
        for op in range(int((self.before_s + self.until_s) / client.interval_s)):
            now_s = op * client.interval_s - self.before_s
            down_s = self._down_for(active, now_s)
            if down_s is None or down_s > self.takeover_s:
                usable = [name for name in client.servers if self._down_for(name, now_s) is None]
                active = active if down_s is None and active else next(iter(usable), None)
                down_s = None if active else self.takeover_s
            own = {"probe": client.name, "op": op}
            yield {"t": "invoke", "at_ns": at(now_s), **own, "what": client.what, "intended_ns": at(now_s)}
            took_s = 0.2 if active and down_s is not None else chance.lognormvariate(0, 0.5) * 0.0006
            yield {**self._end(client, active, down_s), **own, "at_ns": at(now_s + took_s)}

    def _end(self, client: SqlClient, active: str | None, down_s: float | None) -> Line:
        if active is None:
            return {"t": "failed", "error": "closed"}
        if down_s is None:
            return {"t": "ok", "server": active, **({"id": 1} if client.what == "insert" else {"newest": 1})}
        if client.what == "insert" and down_s < self.takeover_s / 5:
            return {"t": "unknown", "error": "reset"}
        return {"t": "failed", "error": "connect timeout"}

    def _down_for(self, server: str | None, now_s: float) -> float | None:
        """Return for how long *server* has not been usable; None: it is."""
        since = [
            now_s - strike.began_s
            for strike in self.strikes
            if strike.node == server
            and strike.silences
            and strike.began_s <= now_s < self._caught_up_s(strike) + self.back_s
        ]
        return max(since, default=None)

    def _caught_up_s(self, strike: Strike) -> float:
        """Return when a server that was struck has what others wrote: not before it can reach them."""
        cuts = (other for other in self.strikes if not other.silences)
        return max([strike.healed_s, *(cut.healed_s for cut in cuts if cut.began_s <= strike.healed_s)])

    def _witnesses(self) -> Iterator[Line]:
        for strike in self.strikes:
            of_fault = {"name": strike.name, "node": strike.node}
            for kind, at_s in (("fault", strike.began_s), ("healed", strike.healed_s)):
                stamps = {"at_ns": at(at_s), "began_ns": at(at_s), "ended_ns": at(at_s + 0.02)}
                yield {"t": kind, **of_fault, **stamps, "took_hold": True}
        rows = {"client": "probe-1", "rows": [[1, 1, "dbm1"]]}
        for moment, at_s in (("after takeover", 2.4), ("settled", self.until_s + 3)):
            value = {"moment": moment, **rows}
            yield {"t": "observed", "at_ns": at(at_s), "what": "rows", "node": "dbm2", "value": value}
