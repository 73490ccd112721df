"""Who wants to get to the share without being allowed to, and one who may."""

from conformance.case import Case
from conformance.history import Operation, Outcome
from conformance.looks import look
from conformance.probes.running import running
from conformance.probes.smb import SmbProbe
from conformance.scenarios.databases import vantage
from topologies import storage
from topologies.lab import Lab

REFUSALS = frozenset({"smb c000006d", "smb c0000022", "smb c000006a", "smb c0000064"})
"""Login failed, access denied, wrong password, no such user."""
CONTROL = "who may"
OLD = "SMB 1"
STRANGERS = {
    "nobody": ("", ""),
    "a guest": ("guest", ""),
    "a stranger": ("stranger", "password"),
    **{f"{account} with a wrong password": (account, "wrong") for account in storage.ALL_ACCOUNTS},
}
"""What stands in the way of each: account and password."""


def record(lab: Lab, case: Case) -> tuple[str, ...]:
    """Try to get to the share from a web server; return who has to be refused."""
    asking = vantage(lab)
    password = lab.secrets[storage.secret_of(storage.TEST_ACCOUNT)]
    who = {**STRANGERS, CONTROL: (storage.TEST_ACCOUNT, password)}
    probes = [
        SmbProbe(name=name, what="login", account=account, password=secret, interval_ms=100, deadline_ms=900)
        for name, (account, secret) in who.items()
    ]
    with running(probes, lab, case.recorder, vantage=asking, need_service=False) as at_work:
        at_work.watch(0.3)
    history = case.history()
    for name in who:
        for operation in history.operations(name):
            at_ns = operation.completed_ns or operation.invoked_ns
            case.observed("share-attempt", at_ns=at_ns, node=asking.name, value=_told(name, operation))
    address = str(lab.topology.resolve(storage.ALIAS, seen_from=asking.name))
    said = look(asking, "smb1", address=address, port=storage.PORT)
    value = {"who": OLD, "control": False, **said}
    case.observed("share-attempt", at_ns=lab.now_ns(), node=asking.name, value=value)
    return (*STRANGERS, OLD)


def _told(name: str, operation: Operation) -> dict[str, object]:
    if operation.outcome is Outcome.OK:
        result = "accepted"
    else:
        result = "refused" if operation.error in REFUSALS else "unreachable"
    return {"who": name, "result": result, "error": operation.error, "control": name == CONTROL}
