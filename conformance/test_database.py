"""Databases while nothing fails: who answers behind each alias, what is replicated, and how fast."""

from conformance.case import Case
from conformance.checkers.convergence import Converged
from conformance.checkers.execution import ExecutedBy
from conformance.checkers.lag_bounds import ReplicationLag
from conformance.checkers.own_writes import ReadsOwnWrites
from conformance.checkers.rows_kept import RowsKept
from conformance.checkers.rows_replicated import RowsArrive
from conformance.checkers.writers import WritesRefused
from conformance.expected import documented
from conformance.history import Outcome
from conformance.marks import requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.probes.probe import HttpProbe, NewSessionProbe, Probe
from conformance.probes.running import running
from conformance.probes.sql import SqlProbe
from conformance.scenarios import databases as base
from topologies import databases
from topologies.lab import Lab

READ_ONLY = "sql 1290"
"""What a read-only server says to who wants to write."""
PAGES = {"real-time": "/statistics/realtime", "reports": "/statistics/reports"}
STATISTICS = (databases.REAL_TIME, databases.REPORTS)


@requirement("DB-1")
def test_reads_and_writes_reach_the_master(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Reads and writes by acd-dbm reach the master, and what was written is read there."""
    client = base.new_client()
    probes = [
        base.writes(system, client),
        base.reads(system, client, "reads", databases.MASTER),
    ]
    with open_case("reads and writes by acd-dbm") as case:
        with running(probes, system, case.recorder, vantage=base.vantage(system), need_service=False) as it:
            it.watch(1.0)

        masters = databases.masters(documented(system.topology, system.defect))
        judge(
            case,
            ExecutedBy(probe=base.WRITES, expected=masters, only_one=True),
            ExecutedBy(probe="reads", expected=masters, only_one=True),
            ReadsOwnWrites(writes=base.WRITES, reads="reads", masters=masters),
        )


@requirement("DB-2")
def test_statistics_are_read_from_slaves(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """The web server reads its statistics from slaves, which have every row and refuse writes."""
    client = base.new_client()
    slaves = databases.slaves(documented(system.topology, system.defect))
    pages = [HttpProbe(name=name, path=path, interval_ms=20) for name, path in PAGES.items()]
    with open_case("statistics") as case:
        with running(pages, system, case.recorder, need_service=False) as it:
            it.watch(1.0)
        rows = [base.writes(system, client)]
        with running(rows, system, case.recorder, vantage=base.vantage(system)) as it:
            it.watch(0.5)
        _record_attempts_to_write(system, case)
        base.come_to_rest(system, case, databases.everyone(system.topology), client)

        judge(
            case,
            *(ExecutedBy(probe=name, expected=slaves, who="database") for name in PAGES),
            WritesRefused(aliases=STATISTICS),
            RowsArrive(writes=base.WRITES, replicas=slaves),
        )


@requirement("DB-3")
def test_rows_reach_every_replica_in_time(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """A committed row reaches every replica, no later than documented, and in the end all hold the same."""
    client = base.new_client()
    told = documented(system.topology, system.defect)
    bound_s = told.documented.lag_s
    active = base.active_master(system)
    replicas = [server for server in databases.everyone(system.topology) if server != active]
    readers = {server: f"reads at {server}" for server in replicas}
    probes = [
        base.writes(system, client),
        *(base.reads_at(system, client, name, server) for server, name in readers.items()),
    ]
    call = '{"caller": "conformance"}'
    users: list[Probe] = [
        NewSessionProbe(name="logins", interval_ms=40),
        HttpProbe(name="calls", method="POST", path="/call", body=call, interval_ms=40),
    ]
    with open_case("rows on their way to the replicas") as case:
        with (
            system.stalls(case.recorder.record),
            running(users, system, case.recorder, need_service=False),
            running(probes, system, case.recorder, vantage=base.vantage(system)) as it,
        ):
            it.watch(2.0)
        base.come_to_rest(system, case, databases.everyone(system.topology), client)

        judge(
            case,
            *(
                ReplicationLag(
                    writes=base.WRITES,
                    reads=name,
                    replica=server,
                    norm_s=bound_s or 0.0,
                    formula="documented: lag_s",
                )
                for server, name in readers.items()
            ),
            RowsArrive(writes=base.WRITES, replicas=tuple(replicas)),
            RowsKept(writes=base.WRITES, servers=databases.everyone(system.topology)),
            Converged(servers=databases.everyone(system.topology)),
        )


@requirement("DB-4")
def test_each_alias_leads_to_its_role(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Sessions for acd-dbm go to the one active master, those for acd-dbs and acd-dbr to a slave each."""
    client = base.new_client()
    told = documented(system.topology, system.defect)
    probes = [base.reads(system, client, alias, alias, interval_ms=10) for alias in databases.ALIASES]
    with open_case("sessions behind each alias") as case:
        with running(probes, system, case.recorder, vantage=base.vantage(system), need_service=False) as it:
            it.watch(1.5)

        judge(
            case,
            ExecutedBy(probe=databases.MASTER, expected=databases.masters(told), only_one=True),
            *(
                ExecutedBy(probe=alias, expected=databases.servers_of(told, alias)[:1])
                for alias in STATISTICS
            ),
        )


def _record_attempts_to_write(system: Lab, case: Case) -> None:
    """Try to write by every alias, what changes nothing, with an account that may; record what came of it."""
    vantage = base.vantage(system)
    aliases = databases.ALIASES
    probes = [
        SqlProbe(
            name=f"attempts at {alias}",
            what="touch",
            target=alias,
            port=databases.port_of(system.topology, alias),
            password=system.secrets["database_web"],
            interval_ms=50,
        )
        for alias in aliases
    ]
    with running(probes, system, case.recorder, vantage=vantage, need_service=False) as at_work:
        at_work.watch(0.3)
    history = case.history()
    for alias in aliases:
        for operation in history.operations(f"attempts at {alias}"):
            accepted = operation.outcome is Outcome.OK
            refused = operation.error == READ_ONLY
            value = {
                "alias": alias,
                "server": operation.server,
                "result": "accepted" if accepted else "refused" if refused else "error",
                "error": operation.error,
            }
            at_ns = operation.completed_ns or operation.invoked_ns
            case.observed("write-attempt", at_ns=at_ns, node=vantage.name, value=value)
