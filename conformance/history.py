"""The history: an append-only record, as JSON lines, of what clients did and what was seen meanwhile.

Every line is an object with `t` (its kind) and `at_ns` (CLOCK_MONOTONIC of the lab, nanoseconds):

    probe       a probe begins: probe, target, interval_ms, deadline_ms, vantage
    invoke      an operation starts: probe, op (number), intended_ns, and what it is about: what, session, ...
    ok          it ended well: probe, op, server (who answered, or null), status, ...
    failed      it ended badly, and surely had no effect or a refused one: probe, op, error, ...
    unknown     nobody knows whether it took effect: probe, op, error
    fault       a fault: name, node, began_ns, ended_ns (injection), took_hold
    healed      the same fault undone: name, node, began_ns, ended_ns
    address     a virtual address appeared or vanished: node, address, state (added, removed, present)
    arp         an ARP frame on the client's wire: op, sender_mac, sender_ip, target_ip, gratuitous
    neighbour   the client's neighbour entry: address, mac, state
    stall       the measuring host overslept: core, late_ms
    steal       the hypervisor took time away: core, stolen_ms
    observed    a fact looked up by a test: what, node, value

An operation without an end is unknown.

A probe of telephony has the scheme `sip`; its operations are calls, or registrations, never both:

    invoke      what (call, register), target (the alias of the PBX or proxy that was asked), to; of a call
                also call (Call-ID), back_to (who is to be called back; absent: nobody)
    ok          register: status; call: it was set up, held, and ended as agreed: server (who answered),
                status 200, ringing_ns, answered_ns, ended_ns, ended_by (us, them), cut_short (the probe ended
                before its time), and rtp: {sent, received, lost, jitter_ms, longest_gap_ms, from: [source
                addresses], heard: {received} or null: what the other side says it has received}
    failed      error is `sip N` (the status), `no answer` (until the deadline), `media lost` or `dropped`;
                status, and the fields of `ok` as far as they are known
    unknown     a call that had not ended when the probe did, or whose BYE got no final response; fields as
                above. A BYE that was refused has bye_status (of `failed`, too: 481 means `dropped`); ended_ns
                is when the BYE was sent
    media       a call in progress: call, state (flows, silent), since_ns; on a change only
    ending      the phone begins to end: probe; from now on it refuses calls
    trunk       a call that came in: call, from_server, via (the PBX that handed it over), for (Call-ID of the
                call that asked for it, or null); a second one when it has ended, with outcome, error, rtp

Its datagrams are in a file of their own beside the history (`conformance.sip_messages.datagram`).

As an operation (`History.operations`) a call lasts until it is answered: it tells of the set-up, and what
became of the call afterwards is for `conformance.checkers.calls`.

What is looked up about telephony and recorded as `observed`, by what:

    registration    node: the registrar; {user, contact, expires_s (how long it is still valid), registered}
    register        node: the registrar; {user, accepted, with_digest}: REGISTER requests on its wire
    registrations   node: the registrar; {requests}: REGISTER requests that it has received since it started
    rtp-at-proxy    node: a proxy or PBX; {packets, sip_packets}: of RTP and of SIP that its filter counted
    rtp-at-server   node: a telephony server; {packets}: of RTP from the phone that its filter counted
    sip-datagrams   node: an end point; what `conformance.sip_messages.examination.Examination.tally` returns

A probe of a database has the scheme `mysql`; `server` is @@hostname of the server that executed an operation:

    invoke      what (insert, read); insert: client (whose rows, unique per case), sequence (= op)
    ok          insert: id (given by the server); read: newest (the largest sequence of the client that it
                saw, or null)
    failed      also `closed` (the connection ended before the greeting) and `sql N` (refused with that code)
    unknown     an insert was sent, and its fate was not told: reset, timeout, torn answer, shutdown

A probe of files has the scheme `smb`; `server` is the name that the server of the share gives itself:

    invoke      what (write, append, read, login); write: file (new in every slot), size, sha256; append:
                client, sequence (= op); read: file
    ok          append, in whatever way it ends: file; read: size, sha256 (of what it has got), and of a file
                that was appended to sequences, torn, foreign (numbers of lines)
    failed      also `closed` (the connection ended before the first answer), `smb STATUS_...` (refused with
                that status, by its name or its eight hex digits) and `taken for a guest`
    unknown     a write or append was sent, and not wholly acknowledged: it may be there, wholly or in part

`connected_ns` of such a probe is when the dialect was agreed upon, `phase` connect, login, send or answer.

What tests look up on nodes and record as `observed`, by what; node is who was asked, or who tried:

    rows            {moment, client, rows: [[sequence, id, server], ...]}: all rows of a client on a server
    checksums       {moment, tables: {name: checksum}}: the tables of a server
    write-attempt   {alias, server (null: not told), result: accepted, refused, error; error}
    ready           node: a node that was healed; it was seen to serve again, by its own test; value: null
    login           {service, account, network, result: accepted, refused, unreachable; tls, control (true:
                    has to be let in)}

`moment` is "after takeover" (on survivors while the failed server is down) or "settled" (all is healed and
replication has come to rest). What else is observed, the check that reads it says.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]


class Outcome(StrEnum):
    """How an operation ended."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one probe; of a call, its set-up."""

    probe: str
    number: int
    intended_ns: int
    invoked_ns: int
    completed_ns: int | None
    """None: it never ended (its outcome is unknown)."""
    outcome: Outcome
    server: str | None
    """Who answered, where the answer tells."""
    error: str | None
    detail: Line
    """The other fields of both of its lines: status, session, phase, ..."""

    @property
    def lateness_ns(self) -> int:
        """How much later than intended it was started: the probe's own fault, not the system's."""
        return self.invoked_ns - self.intended_ns


@dataclasses.dataclass(frozen=True)
class History:
    """All lines of one record, in the order of their stamps."""

    lines: tuple[Line, ...]

    @classmethod
    def read(cls, path: Path) -> "History":
        """Read a file of JSON lines; a torn last line (a killed writer) is left out."""
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        return cls.of(json.loads(line) for line in whole.splitlines() if line)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "History":
        """Order *lines* by their stamps."""
        return cls(tuple(sorted(lines, key=lambda line: int(line["at_ns"]))))

    def of_kind(self, kind: str) -> list[Line]:
        """Return the lines of one kind."""
        return [line for line in self.lines if line["t"] == kind]

    def probes(self) -> dict[str, Line]:
        """Return the `probe` line of every probe by name."""
        return {line["probe"]: line for line in self.of_kind("probe")}

    def operations(self, probe: str) -> list[Operation]:
        """Return the operations of one probe, by time of invocation."""
        return [_operation(invoke, end) for invoke, end in self.begun(probe)]

    def begun(self, probe: str) -> list[tuple[Line, Line | None]]:
        """Return with which lines each operation of one probe began, and ended; None: it never ended."""
        ends = {
            line["op"]: line
            for line in self.lines
            if line["t"] in {"ok", "failed", "unknown"} and line["probe"] == probe
        }
        return [
            (line, ends.get(line["op"]))
            for line in self.lines
            if line["t"] == "invoke" and line["probe"] == probe
        ]


NO_ANSWER = "no answer"
"""The error of a call that was not answered until its deadline, or until the probe ended."""
_OWN = {"t", "at_ns", "probe", "op", "intended_ns", "server", "error"}


def _operation(invoke: Line, end: Line | None) -> Operation:
    both: dict[str, Any] = {**invoke, **(end or {})}
    completed_ns, outcome, error = _end(end)
    return Operation(
        probe=invoke["probe"],
        number=invoke["op"],
        intended_ns=invoke["intended_ns"],
        invoked_ns=invoke["at_ns"],
        completed_ns=completed_ns,
        outcome=outcome,
        server=both.get("server"),
        error=NO_ANSWER if outcome is Outcome.UNKNOWN and end and "call" in invoke else error,
        detail={key: value for key, value in both.items() if key not in _OWN},
    )


def _end(end: Line | None) -> tuple[int | None, Outcome, str | None]:
    """Return when an operation ended, how, and with which error; a call ends when it is answered."""
    if end is None:
        return None, Outcome.UNKNOWN, "never ended"
    if end.get("answered_ns") is not None:
        return end["answered_ns"], Outcome.OK, None
    return end["at_ns"], Outcome(end["t"]), end.get("error")
