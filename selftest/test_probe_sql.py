"""The real probe process against a stand-in for a database on loopback: what it records of each mishap."""

import contextlib
import dataclasses
import itertools
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from conformance.history import History, Outcome
from conformance.probes.probe import HttpProbe, Probe
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.probes.sql import SqlProbe
from conformance.probes.vantage.sql_wire import SqlWire
from selftest.loopback.marks_server import ACCOUNT, HOSTNAME, PASSWORD, MarksServer, marks_server
from selftest.loopback.outages import Here
from selftest.loopback.sessions_server import session_server

HERE = "127.0.0.1"


class Mishap(NamedTuple):
    """What the server does, and how operations end by it; a read never changes anything, so it fails."""

    mode: str
    phase: str
    of_insert: str
    error: str


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


@pytest.fixture
def server() -> Iterator[MarksServer]:
    with marks_server() as server:
        yield server


def inserting(server: MarksServer) -> SqlProbe:
    return SqlProbe(
        name="p",
        target=HERE,
        port=server.port,
        what="insert",
        client="case-1",
        password=PASSWORD,
        interval_ms=10,
        deadline_ms=200,
    )


def watched(probe: Probe, recorder: Recorder, *, seconds: float = 0.3, served: bool = True) -> History:
    with running([probe], Here(), recorder, need_service=served) as at_work:
        at_work.watch(seconds)
    return recorder.history()


def ends(history: History) -> Counter[tuple[str, str | None]]:
    return Counter((operation.outcome.value, operation.error) for operation in history.operations("p"))


@pytest.mark.parametrize("keep_alive", [True, False])
def test_marks_are_acknowledged_with_their_id_and_server(
    recorder: Recorder, server: MarksServer, *, keep_alive: bool
) -> None:
    history = watched(dataclasses.replace(inserting(server), keep_alive=keep_alive), recorder)
    operations = history.operations("p")

    assert history.probes()["p"]["scheme"] == "mysql"
    assert ends(history).keys() == {("ok", None)}
    assert server.marks == [("case-1", operation.number) for operation in operations]
    assert (server.connections < len(operations) / 2) is keep_alive
    for mark, operation in enumerate(operations, 1):
        detail = operation.detail
        assert (operation.server, detail["id"], detail["what"]) == (HOSTNAME, mark, "insert")
        assert (detail["client"], detail["sequence"]) == ("case-1", operation.number)
        stamps = [detail[f"{name}_ns"] for name in ("connected", "logged_in", "sent", "first_byte")]
        assert all(earlier <= later for earlier, later in itertools.pairwise(stamps))
        assert keep_alive or operation.invoked_ns < stamps[0]


def test_servers_are_told_when_a_connection_ends(recorder: Recorder, server: MarksServer) -> None:
    watched(dataclasses.replace(inserting(server), keep_alive=False), recorder)

    assert server.connections - server.farewells <= 1  # the last may just be on its way


def test_newest_mark_is_read(recorder: Recorder, server: MarksServer) -> None:
    reading = dataclasses.replace(inserting(server), what="read")
    with running([reading], Here(), recorder) as at_work:
        server.marks += [("case-1", 7), ("case-1", 9), ("another", 11)]
        at_work.watch(0.2)
    operations = recorder.history().operations("p")

    assert [operation.detail["newest"] for operation in (operations[0], operations[-1])] == [None, 9]
    assert {operation.server for operation in operations} == {HOSTNAME}


@pytest.mark.parametrize("mode", ["answer", "switch"])
@pytest.mark.parametrize(
    ("credentials", "is_right"),
    [
        ((ACCOUNT, PASSWORD), True),
        ((ACCOUNT, "wrong"), False),
        ((ACCOUNT, ""), False),
        (("nobody", PASSWORD), False),
    ],
)
def test_login_alone(
    recorder: Recorder, server: MarksServer, mode: str, credentials: tuple[str, str], *, is_right: bool
) -> None:
    server.mode = mode
    account, password = credentials
    login = dataclasses.replace(
        inserting(server), what="login", client="", account=account, password=password, schema=None
    )
    history = watched(login, recorder, served=False)

    assert ends(history).keys() == {("ok", None) if is_right else ("failed", "sql 1045")}
    assert server.connections == len(history.operations("p"))


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap("closed", "greeting", "failed", "closed"),
        Mishap("crowded", "greeting", "failed", "sql 1040"),
        Mishap("mute", "login", "failed", "answer timeout"),
        Mishap("ed25519", "login", "failed", "sql 2059"),
        Mishap("silent", "answer", "unknown", "answer timeout"),
        Mishap("cut", "answer", "unknown", "torn answer"),
        Mishap("1290", "answer", "failed", "sql 1290"),
        Mishap("1053", "answer", "unknown", "sql 1053"),
        Mishap("1927", "answer", "unknown", "sql 1927"),
    ],
)
@pytest.mark.parametrize("what", ["insert", "read"])
def test_mishaps_have_their_outcome_and_word(
    recorder: Recorder, server: MarksServer, mishap: Mishap, what: Literal["insert", "read"]
) -> None:
    server.mode = mishap.mode
    history = watched(dataclasses.replace(inserting(server), what=what), recorder, served=False)

    assert ends(history).keys() == {(mishap.of_insert if what == "insert" else "failed", mishap.error)}
    assert {operation.detail["phase"] for operation in history.operations("p")} == {mishap.phase}


def test_another_protocol_is_no_database(recorder: Recorder) -> None:
    with socket.create_server((HERE, 0)) as listener:
        probe = SqlProbe(
            name="p", target=HERE, port=listener.getsockname()[1], what="login", password="", interval_ms=50
        )
        with running([probe], Here(), recorder, need_service=False):
            client, _ = listener.accept()
            with client:
                client.sendall(b"SSH-2.0-loopback\r\n")
                with contextlib.suppress(ConnectionResetError):  # the probe's way to leave
                    client.recv(100)

    assert ends(recorder.history())["failed", "torn answer"] == 1


def test_connection_that_was_closed_behind_its_answer_is_forgotten(
    recorder: Recorder, server: MarksServer
) -> None:
    server.mode = "part"
    history = watched(inserting(server), recorder)

    assert ends(history).keys() == {("ok", None)}
    assert server.connections == len(history.operations("p"))


def test_few_connections_are_kept_when_many_were_needed(recorder: Recorder, server: MarksServer) -> None:
    with running([dataclasses.replace(inserting(server), interval_ms=2)], Here(), recorder) as at_work:
        server.is_answering.clear()
        at_work.watch(0.15)
        server.is_answering.set()
        at_work.until_served(patience_s=5)
        at_work.until(
            "only a few connections are left",
            lambda: server.connections - server.farewells,
            lambda left: left <= SqlWire.MOST_KEPT,
            patience_s=5,
        )

    assert server.connections > 2 * SqlWire.MOST_KEPT


def test_refused_statement_leaves_the_connection_and_a_kill_does_not(
    recorder: Recorder, server: MarksServer
) -> None:
    server.mode = "1290"
    refused = len(watched(inserting(server), recorder, served=False).operations("p"))
    kept = server.connections
    server.mode = "1927"
    killed = len(watched(inserting(server), recorder, served=False).operations("p")) - refused

    assert kept <= 2
    assert server.connections - kept == killed


def test_acknowledged_marks_are_there_and_failed_ones_are_not(
    recorder: Recorder, server: MarksServer
) -> None:
    """Through every mishap; only the fate of an unknown one is open."""
    with running([inserting(server)], Here(), recorder) as at_work:
        for mode in ("closed", "cut", "mute", "1290", "silent", "crowded", "answer"):
            server.mode = mode
            at_work.watch(0.15)
        at_work.until_served(patience_s=5)
    operations = recorder.history().operations("p")
    there = {sequence for _, sequence in server.marks}

    for outcome, expected in ((Outcome.OK, {True}), (Outcome.FAILED, {False})):
        marks = [operation.number for operation in operations if operation.outcome is outcome]
        assert {mark in there for mark in marks} == expected
    assert Outcome.UNKNOWN in {operation.outcome for operation in operations}


def test_password_stays_out_of_the_record(recorder: Recorder, server: MarksServer) -> None:
    watched(inserting(server), recorder)

    assert PASSWORD not in recorder.path.read_text(encoding="utf-8")


def test_database_behind_a_web_server_is_recorded(recorder: Recorder) -> None:
    with session_server() as web:
        web.database = "dbs1"
        watched(HttpProbe(name="p", target=HERE, port=web.port), recorder)

    assert {operation.detail["database"] for operation in recorder.history().operations("p")} == {"dbs1"}
