"""Files on the storage: written on one node and read on the others, by the nodes and by what runs on them.

Probes run on the nodes that use the storage, so that acd-store leads where it leads for these.
"""

import contextlib
import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Literal

from conformance.case import Case
from conformance.expected import documented
from conformance.history import Outcome
from conformance.looks import look
from conformance.probes.running import running
from conformance.probes.sip import CallProbe
from conformance.probes.smb import SmbProbe
from conformance.scenarios import telephony
from topologies import storage
from topologies.errors import NotReady
from topologies.lab import Lab
from topologies.model import Role
from topologies.waiting import wait_until

CALLS = "recorded calls"
"""The phone whose calls leave recordings."""
CALL_S = 1.5
FILES = 20
"""So many are written on each node, at least."""
EVERY_MS = 20.0
EXCHANGE_PATIENCE_S = 5.0
"""How long that may take, beyond a slot for each file."""
KEPT_PATIENCE_S = 5.0
"""How long a telephony server may take to bring the recording of a call to the storage."""
COOKIE = "JTELSRV"
"""By which the balancer leads a request to the web server that it names."""
FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]")
OK = 200


def writers(lab: Lab) -> dict[str, str]:
    """Return the probe that writes on each node that uses the storage, by node."""
    return {node: f"writes on {node}" for node in storage.users(documented(lab.topology, lab.defect))}


def readers(lab: Lab) -> dict[str, str]:
    """Return the probe that reads on each node that uses the storage, by node."""
    return {node: f"reads on {node}" for node in storage.users(documented(lab.topology, lab.defect))}


def probe(lab: Lab, node: str, name: str, what: str, **more: object) -> SmbProbe:
    """Return a probe that goes to acd-store with the account of *node*."""
    account = storage.users(lab.topology)[node]
    about = {"name": name, "what": what, "interval_ms": EVERY_MS, **more}
    return SmbProbe(account=account, password=lab.secrets[storage.secret_of(account)], **about)  # type: ignore[arg-type]


def record_exchange(lab: Lab, case: Case, what: Literal["write", "append"]) -> None:
    """Write files, or append to some, on every node that uses the storage; read them on every other."""
    client = f"probe-{secrets.token_hex(6)}"
    writing = {
        node: probe(lab, node, name, what, client=f"{client}-{node}") for node, name in writers(lab).items()
    }
    _work(lab, case, writing, dict.fromkeys(writing, FILES))
    history = case.history()
    kept = {
        node: dict.fromkeys(o.detail["file"] for o in history.operations(name) if o.outcome is Outcome.OK)
        for node, name in writers(lab).items()
    }
    reading = {
        node: probe(
            lab, node, name, "read", files=tuple(f for other in kept if other != node for f in kept[other])
        )
        for node, name in readers(lab).items()
    }
    _work(lab, case, reading, {node: len(one.files) for node, one in reading.items()})


def _work(lab: Lab, case: Case, probes: Mapping[str, SmbProbe], wanted: Mapping[str, int]) -> None:
    """Let each probe begin as many operations on its node as are wanted; how they end, the record tells."""

    def behind() -> list[str]:
        history = case.history()
        return [node for node, one in probes.items() if len(history.operations(one.name)) < wanted[node]]

    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                running([one], lab, case.recorder, vantage=lab.nodes[node], need_service=False)
            )
            for node, one in probes.items()
        ]
        with contextlib.suppress(NotReady):  # what is missing is what the record then shows
            started[-1].until(
                "every file has been asked for",
                behind,
                lambda late: not late,
                patience_s=max(wanted.values()) * EVERY_MS / 1000 + EXCHANGE_PATIENCE_S,
            )


def record_recordings(lab: Lab, case: Case) -> None:
    """Have calls recorded and recordings left at each web server; play them all at every web server."""
    told = documented(lab.topology, lab.defect)
    webs = tuple(told.with_role(Role.WEB))
    files = {**_left(lab, case, webs), **_recorded(lab, case)}
    with contextlib.suppress(NotReady):  # what is missing is what the record then shows
        wait_until(
            "every recording is played",
            lambda: _asked(lab, webs[0], dict.fromkeys(files)),
            lambda said: all(answer.get("status") == OK for answer in said.values()),
            patience_s=KEPT_PATIENCE_S,
            poll_s=0.1,
        )
    for web in webs:
        for name, said in _asked(lab, web, dict.fromkeys(files)).items():
            value = {"file": name, "writer": files[name], **said}
            case.observed("recording-played", at_ns=lab.now_ns(), node=web, value=value)


def _left(lab: Lab, case: Case, webs: tuple[str, ...]) -> dict[str, str]:
    """Leave a recording at each web server; return who was asked to keep each."""
    files = {}
    for web in webs:
        name, content = f"left-{secrets.token_hex(6)}.wav", secrets.token_bytes(1000)
        said = _asked(lab, web, {name: content})[name]
        files[name] = web
        value = {"file": name, **said, "sha256": hashlib.sha256(content).hexdigest()}
        case.observed("recording-kept", at_ns=lab.now_ns(), node=web, value=value)
    return files


def _recorded(lab: Lab, case: Case) -> dict[str, str]:
    """Place calls; return the names of the recordings that there have to be, with who took each call."""
    if not telephony.exchanges(lab):
        return {}
    phone = CallProbe(
        name=CALLS,
        targets=telephony.exchanges(lab),
        number=telephony.OWN_NUMBER,
        password=lab.secrets["sip_phone"],
        rate=5,
        hold_s=0.3,
    )
    with running([phone], lab, case.recorder) as at_work:
        at_work.watch(CALL_S)
    calls = [o for o in case.history().operations(CALLS) if o.outcome is Outcome.OK and o.server]
    return {f"{o.server}-{FORBIDDEN.sub('_', o.detail['call'])}.wav": str(o.server) for o in calls}


def _asked(lab: Lab, web: str, files: Mapping[str, bytes | None]) -> dict[str, dict[str, object]]:
    """Return what *web* says to who wants to hear each of *files*, or to leave it, if there is content."""
    requests = [
        {
            "method": "GET" if content is None else "PUT",
            "url": f"http://acd-lb/recordings/{name}",
            "cookie": f"{COOKIE}={web}",
            "content": None if content is None else content.hex(),
        }
        for name, content in files.items()
    ]
    return dict(zip(files, look(lab.vantage, "recordings", requests=requests), strict=True))
