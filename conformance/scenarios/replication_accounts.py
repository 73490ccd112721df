"""Whom the replication accounts let in: a replica over TLS, and nobody else."""

from conformance.case import Case
from conformance.history import Outcome
from conformance.probes.running import running
from conformance.probes.sql import SqlProbe
from conformance.scenarios.databases import vantage
from topologies import databases
from topologies.lab import Lab
from topologies.lab.node import LabNode

ACCOUNT = "replication"
REFUSED = frozenset({"sql 1045", "sql 1130", "sql 1698", "sql 3159"})
"""Access denied, host not allowed, no such way to log in, TLS required."""
LOGIN = (
    "mariadb --defaults-extra-file=/dev/stdin --host=$1 --user=replication --connect-timeout=3"
    " --ssl --ssl-ca=/etc/jtel/tls/ca.pem --ssl-verify-server-cert --execute 'SELECT 1'"
)


def record(lab: Lab, case: Case) -> tuple[str, ...]:
    """Try the account of every source with its right password; return the services that were tried.

    It is tried from a web server, from a replica without TLS, and from a replica as it should be.
    """
    services = []
    for source in databases.everyone(lab.topology):
        replicas = databases.replicas_of(lab.topology, source)
        if not replicas:
            continue
        services.append(f"mariadb of {source}")
        for asking in (vantage(lab), lab.nodes[replicas[0]]):
            _try_in_clear(lab, case, asking, source)
        _try_with_tls(lab, case, lab.nodes[replicas[0]], source)
    return tuple(services)


def _try_in_clear(lab: Lab, case: Case, asking: LabNode, source: str) -> None:
    probe = SqlProbe(
        name=f"login at {source} from {asking.name}",
        what="login",
        target=source,
        port=databases.PORT,
        account=ACCOUNT,
        password=lab.secrets["database_replication"],
        schema=None,
        interval_ms=50,
    )
    with running([probe], lab, case.recorder, vantage=asking, need_service=False) as at_work:
        at_work.watch(0.25)
    for operation in case.history().operations(probe.name):
        accepted = operation.outcome is Outcome.OK
        result = "accepted" if accepted else "refused" if operation.error in REFUSED else "unreachable"
        _observed(lab, case, asking, source, result=result, tls=False, control=False)


def _try_with_tls(lab: Lab, case: Case, replica: LabNode, source: str) -> None:
    """Log in as the replica does itself, so that a refusal of others is a refusal of others."""
    options = f"[client]\npassword={lab.secrets['database_replication']}\n"
    done = replica.run("sh", "-c", LOGIN, "login", source, stdin=options)
    result = "accepted" if done.status == 0 else "refused"
    _observed(lab, case, replica, source, result=result, tls=True, control=True)


def _observed(  # noqa: PLR0913 -- the fields of one line
    lab: Lab, case: Case, asking: LabNode, source: str, *, result: str, tls: bool, control: bool
) -> None:
    value = {
        "service": f"mariadb of {source}",
        "account": ACCOUNT,
        "network": lab.topology.database.network if lab.topology.database else "",
        "result": result,
        "tls": tls,
        "control": control,
    }
    case.observed("login", at_ns=lab.now_ns(), node=asking.name, value=value)
