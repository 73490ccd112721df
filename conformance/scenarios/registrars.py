"""Looks at registrars: who is registered there, for how long still, and with what proof they came."""

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from conformance.case import Case
from conformance.sip_messages.message import Request, Response
from conformance.sip_messages.reading import read_message
from topologies.lab import Lab

OK = 200
LONGEST_CAPTURE_S = 30.0
_ROW = re.compile(r"^\s*(AoR|Address|Expires): (.*?)\s*$", re.MULTILINE)


class Binding(NamedTuple):
    """Where a user is registered."""

    contact: str
    expires_s: int
    """How long still; 0: no longer."""


def bindings(dump: str) -> dict[str, Binding]:
    """Return the newest binding of each user, from what `kamcmd ul.dump` says."""
    found: dict[str, Binding] = {}
    user = contact = ""
    for name, value in _ROW.findall(dump):
        if name == "AoR":
            user = value.partition("@")[0]
        elif name == "Address":
            contact = value
        else:
            left_s = int(value) if value.lstrip("-").isdecimal() else 0  # `expired`, `deleted`
            found[user] = max(
                found.get(user, Binding(contact, 0)), Binding(contact, max(0, left_s)), key=_left
            )
    return found


def _left(binding: Binding) -> int:
    return binding.expires_s


def look_up(lab: Lab, case: Case, registrars: Sequence[str], users: Sequence[str]) -> list[int]:
    """Record how each of *users* is registered at each registrar; return the times left, in s; 0: is not."""
    left_s = []
    for registrar in registrars:
        known = bindings(lab.nodes[registrar].must_run("kamcmd", "ul.dump"))
        for user in users:
            found = known.get(user, Binding("", 0))
            value = {
                "user": user,
                "contact": found.contact or None,
                "expires_s": found.expires_s,
                "registered": found.expires_s > 0,
            }
            case.observed("registration", at_ns=lab.now_ns(), node=registrar, value=value)
            left_s.append(found.expires_s)
    return left_s


def count(lab: Lab, case: Case, registrar: str) -> None:
    """Record how many REGISTER requests *registrar* has received since it started."""
    said = lab.nodes[registrar].must_run("kamcmd", "stats.get_statistics", "rcv_requests_register")
    value = {"requests": int(said.rpartition("=")[2])}
    case.observed("registrations", at_ns=lab.now_ns(), node=registrar, value=value)


class Seen(NamedTuple):
    """REGISTER requests of one user that were answered with 200."""

    accepted: int
    with_digest: int


def registrations_in(payloads: Iterable[bytes]) -> dict[str, Seen]:
    """Return what datagrams on a registrar's wire say, in their order, by user."""
    asked: dict[tuple[str | None, str | None], tuple[str, bool]] = {}
    accepted: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for payload in payloads:
        message = read_message(payload).message
        if message is None or message.cseq is None or message.cseq.method != "REGISTER":
            continue
        key = (message.row("call-id"), message.row("cseq"))
        if isinstance(message, Request) and message.callee is not None:
            proof = message.row("authorization") or ""
            asked[key] = (message.callee.uri.user or "", proof.lower().startswith("digest "))
        elif isinstance(message, Response) and message.status == OK and key in asked:
            accepted[asked[key][0]].add(key)
    return {user: Seen(len(keys), sum(asked[key][1] for key in keys)) for user, keys in accepted.items()}


@contextlib.contextmanager
def wires_watched(lab: Lab, case: Case, registrars: Sequence[str]) -> Iterator[None]:
    """Record how everybody came who registers at one of *registrars* during the block."""
    with contextlib.ExitStack() as captures:
        running = {}
        for registrar in registrars:
            network = next(iter(lab.nodes[registrar].spec.addresses))
            running[registrar] = captures.enter_context(
                lab.capture(registrar, network=network, filter_="udp port 5060", seconds=LONGEST_CAPTURE_S)
            )
        yield
    for registrar, capture in running.items():
        for user, seen in registrations_in(capture.payloads()).items():
            value = {"user": user, **seen._asdict()}
            case.observed("register", at_ns=lab.now_ns(), node=registrar, value=value)
