"""Who wants to get to the share without being allowed to, and one who may.

A probe cannot log in as nobody, which smbprotocol does not know how to do; smbclient does it, on the storage.
"""

from ipaddress import IPv4Address

from conformance.case import Case
from conformance.expected import documented
from conformance.history import Operation, Outcome
from conformance.looks import look
from conformance.probes.running import running
from conformance.probes.smb import SmbProbe
from conformance.scenarios.databases import vantage
from topologies import storage
from topologies.lab import Lab
from topologies.system import Completed

REFUSALS = ("STATUS_LOGON_FAILURE", "STATUS_ACCESS_DENIED", "STATUS_WRONG_PASSWORD", "STATUS_NO_SUCH_USER")
CONTROL = "who may"
OLD = "SMB 1"
NOBODY = "nobody"
STRANGERS = {
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
        SmbProbe(
            name=name,
            what="login",
            account=account,
            password=secret,
            signed=name == CONTROL,
            interval_ms=100,
            deadline_ms=900,
        )
        for name, (account, secret) in who.items()
    ]
    with running(probes, lab, case.recorder, vantage=asking, need_service=False) as at_work:
        at_work.watch(0.3)
    history = case.history()
    for name in who:
        for operation in history.operations(name):
            at_ns = operation.completed_ns or operation.invoked_ns
            case.observed("share-attempt", at_ns=at_ns, node=asking.name, value=_told(name, operation))
    address = lab.topology.resolve(storage.ALIAS, seen_from=asking.name)
    said = look(asking, "smb1", address=str(address), port=storage.PORT)
    value = {"who": OLD, "control": False, **said}
    case.observed("share-attempt", at_ns=lab.now_ns(), node=asking.name, value=value)
    (provider, *_) = storage.providers(documented(lab.topology, lab.defect))
    value = {"who": NOBODY, "control": False, **_as_nobody(lab, provider, address)}
    case.observed("share-attempt", at_ns=lab.now_ns(), node=provider, value=value)
    return (*STRANGERS, OLD, NOBODY)


def _as_nobody(lab: Lab, node: str, address: IPv4Address) -> dict[str, object]:
    """Return what the share at *address* does with a login without any name, made on *node*."""
    share = f"//{address}/{storage.SHARE}"
    return said_by_smbclient(lab.nodes[node].run("smbclient", "--no-pass", "--user=%", "--command=ls", share))


def said_by_smbclient(done: Completed) -> dict[str, object]:
    """Return what became of an attempt of smbclient: result and error of a "share-attempt"."""
    if done.status == 0:
        return {"result": "accepted", "error": None}
    error = f"{done.stdout} {done.stderr}".strip()
    return {"result": "refused" if any(word in error for word in REFUSALS) else "unreachable", "error": error}


def _told(name: str, operation: Operation) -> dict[str, object]:
    if operation.outcome is Outcome.OK:
        result = "accepted"
    else:
        is_refusal = (operation.error or "").removeprefix("smb ") in REFUSALS
        result = "refused" if is_refusal else "unreachable"
    return {"who": name, "result": result, "error": operation.error, "control": name == CONTROL}
