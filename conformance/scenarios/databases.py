"""What scenarios of databases have in common: probes beside the servers, and looks at what the servers hold.

The users' network has no way to the databases, so SQL probes run where the system itself uses them: on a web
server.
"""

import contextlib
import dataclasses
import json
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from chaos import database
from conformance.case import Case
from conformance.probes.sql import SqlProbe
from topologies import databases
from topologies.errors import NotReady
from topologies.lab import Lab
from topologies.lab.node import LabNode
from topologies.model import Role
from topologies.waiting import wait_until

WRITES = "writes"
"""The probe that inserts by acd-dbm, over kept connections."""
NEW_WRITES = "new-writes"
"""The probe that inserts by acd-dbm in a new session each time: kept ones do not tell where new ones go."""
REST_PATIENCE_S = 10.0
"""How long replication may take to come to rest, once nobody writes any more, before its state is taken."""
TABLES = ("sessions", "calls", "marks")
"""What has to be the same everywhere. The table `heartbeat` never rests."""


def vantage(lab: Lab) -> LabNode:
    """Return the node from which databases are probed: the first web server."""
    return lab.nodes[next(iter(lab.topology.with_role(Role.WEB)))]


def new_client() -> str:
    """Return a name under which a probe leaves its marks, which nobody has used before."""
    return f"probe-{secrets.token_hex(6)}"


def writes(lab: Lab, client: str, *, interval_ms: float = 4.0) -> SqlProbe:
    """Return the probe that inserts by acd-dbm over kept connections; 4 ms make 250 a second."""
    return SqlProbe(
        name=WRITES,
        what="insert",
        target=databases.MASTER,
        port=databases.port_of(lab.topology, databases.MASTER),
        client=client,
        password=lab.secrets["database_web"],
        interval_ms=interval_ms,
        keep_alive=True,
    )


def new_writes(lab: Lab) -> SqlProbe:
    """Return the probe that inserts by acd-dbm in a new session each time, 40 a second."""
    kept = writes(lab, new_client(), interval_ms=25.0)
    return dataclasses.replace(kept, name=NEW_WRITES, keep_alive=False)


def reads(lab: Lab, client: str, name: str, alias: str, *, interval_ms: float = 8.0) -> SqlProbe:
    """Return the probe that reads by *alias*, a new session each time, how far *client* has got."""
    return SqlProbe(
        name=name,
        what="read",
        target=alias,
        port=databases.port_of(lab.topology, alias),
        client=client,
        password=lab.secrets["database_web"],
        interval_ms=interval_ms,
        keep_alive=False,
    )


def reads_at(lab: Lab, client: str, name: str, server: str) -> SqlProbe:
    """Return the probe that reads at *server* itself, past any balancer, over kept connections."""
    return SqlProbe(
        name=name,
        what="read",
        target=server,
        port=databases.PORT,
        client=client,
        password=lab.secrets["database_web"],
        interval_ms=5.0,
        keep_alive=True,
    )


def active_master(lab: Lab) -> str:
    """Return which master takes writes now, told by a call record that is written all the way from a user.

    Raises:
        NodeUnreachable: nobody took it.
    """
    body = '{"caller": "conformance"}'
    url = "http://acd-lb/call"
    said = lab.vantage.must_run("curl", "-sS", "--fail", "--max-time", "3", "--json", body, url)
    return str(json.loads(said)["database"])


def look_up_rows(lab: Lab, case: Case, servers: Sequence[str], client: str, moment: str) -> None:
    """Record which rows of *client* each of *servers* has."""
    query = f"SELECT sequence, id, server FROM jtel.marks WHERE client = '{client}'"  # noqa: S608 -- our own name
    for server, table in _asked(lab, servers, query).items():
        rows = sorted([int(sequence), int(key), who] for sequence, key, who in table)
        value = {"moment": moment, "client": client, "rows": rows}
        case.observed("rows", at_ns=lab.now_ns(), node=server, value=value)


def look_up_checksums(lab: Lab, case: Case, servers: Sequence[str], moment: str = "settled") -> None:
    """Record the checksum of every table on each of *servers*."""
    for server, tables in _checksums(lab, servers).items():
        value = {"moment": moment, "tables": tables}
        case.observed("checksums", at_ns=lab.now_ns(), node=server, value=value)


def come_to_rest(lab: Lab, case: Case, servers: Sequence[str], client: str) -> None:
    """Wait until all *servers* hold the same, or patience ends; record what they hold then.

    Nobody waits for a server that stopped applying at an error: it stays behind until somebody repairs it.
    """

    def are_at_rest(sums: dict[str, dict[str, str]]) -> bool:
        return _alike(sums, servers) or _alike(
            sums, [server for server in servers if not database.has_broken_off(lab, server)]
        )

    with contextlib.suppress(NotReady):  # what differs is what the records then show
        wait_until(
            "all database servers hold the same",
            lambda: _checksums(lab, servers),
            are_at_rest,
            patience_s=REST_PATIENCE_S,
            poll_s=0.1,
        )
    look_up_rows(lab, case, servers, client, "settled")
    look_up_checksums(lab, case, servers)


def _alike(sums: dict[str, dict[str, str]], servers: Sequence[str]) -> bool:
    return all(sums[server] == sums[servers[0]] for server in servers)


def _checksums(lab: Lab, servers: Sequence[str]) -> dict[str, dict[str, str]]:
    query = f"CHECKSUM TABLE {', '.join(f'jtel.{table}' for table in TABLES)}"
    return {
        server: {table.removeprefix("jtel."): checksum for table, checksum in rows}
        for server, rows in _asked(lab, servers, query).items()
    }


def _asked(lab: Lab, servers: Sequence[str], query: str) -> dict[str, list[list[str]]]:
    """Return the rows that each server answers to *query*, asked on the server itself."""
    with ThreadPoolExecutor(len(servers)) as pool:
        answers = pool.map(lambda server: _rows(lab.nodes[server], query), servers)
        return dict(zip(servers, answers, strict=True))


def _rows(node: LabNode, query: str) -> list[list[str]]:
    answer = node.must_run(*database.CLIENT, "--skip-column-names", "--execute", query)
    return [line.split("\t") for line in answer.splitlines()]
