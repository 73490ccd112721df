"""The real probe process, and the stand-ins' way to a share, against a share on loopback: every mishap."""

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
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.probes.smb import SmbProbe
from selftest.loopback.outages import Here
from selftest.loopback.share_server import ACCOUNT, COMPUTER, PASSWORD, SHARE, ShareServer, share_server
from topologies.smb.packets import LARGEST
from topologies.smb.store import UNREACHABLE, Store
from topologies.smb.trouble import NO_SUCH_FILE, Refused

HERE = "127.0.0.1"


class Mishap(NamedTuple):
    """What the server does, and how a write ends by it; a read never changes anything, so it fails."""

    mode: str
    phase: str
    of_write: str
    error: str


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


@pytest.fixture
def server() -> Iterator[ShareServer]:
    with share_server() as server:
        yield server


def writing(server: ShareServer) -> SmbProbe:
    return SmbProbe(
        name="p",
        target=HERE,
        port=server.port,
        what="write",
        client="case-1",
        size=3000,
        account=ACCOUNT,
        password=PASSWORD,
        interval_ms=10,
        deadline_ms=200,
    )


def reading(server: ShareServer, *files: str) -> SmbProbe:
    return dataclasses.replace(writing(server), what="read", files=files)


def store(server: ShareServer, *, timeout_s: float = 1.0) -> Store:
    return Store(HERE, SHARE, account=ACCOUNT, password=PASSWORD, port=server.port, timeout_s=timeout_s)


def watched(probe: SmbProbe, recorder: Recorder, *, seconds: float = 0.3, served: bool = True) -> History:
    with running([probe], Here(), recorder, need_service=served) as at_work:
        at_work.watch(seconds)
    return recorder.history()


def ends(history: History) -> Counter[tuple[str, str | None]]:
    return Counter((operation.outcome.value, operation.error) for operation in history.operations("p"))


@pytest.mark.parametrize("keep_alive", [True, False])
def test_files_are_written_flushed_and_acknowledged(
    recorder: Recorder, server: ShareServer, *, keep_alive: bool
) -> None:
    history = watched(dataclasses.replace(writing(server), keep_alive=keep_alive), recorder)
    operations = history.operations("p")

    assert history.probes()["p"]["scheme"] == "smb"
    assert ends(history).keys() == {("ok", None)}
    assert list(server.files) == server.flushed == [f"case-1-{operation.number}" for operation in operations]
    assert {len(content) for content in server.files.values()} == {3000}
    assert len(set(server.files.values())) == len(operations)
    assert (server.connections < len(operations) / 2) is keep_alive
    for operation in operations:
        assert operation.server == COMPUTER
        stamps = [operation.detail[f"{name}_ns"] for name in ("connected", "logged_in", "sent", "first_byte")]
        assert all(earlier <= later for earlier, later in itertools.pairwise(stamps))


def test_what_is_read_is_told_by_its_checksum(recorder: Recorder, server: ShareServer) -> None:
    watched(writing(server), recorder)
    wrote = {o.detail["file"]: o.detail["sha256"] for o in recorder.history().operations("p")}
    server.files["case-1-1"] = server.files["case-1-1"][:-1] + b"?"
    with running(
        [dataclasses.replace(reading(server, *wrote, "nowhere"), name="r")],
        Here(),
        recorder,
        need_service=False,
    ) as at_work:
        at_work.watch(0.02 * len(wrote) + 0.2)
    read = recorder.history().operations("r")

    assert [o.detail["file"] for o in read] == [*wrote, "nowhere"]
    assert (read[-1].outcome, read[-1].error) == (Outcome.FAILED, "smb c0000034")
    differing = [o.detail["file"] for o in read[:-1] if o.detail["sha256"] != wrote[o.detail["file"]]]
    assert differing == ["case-1-1"]


@pytest.mark.parametrize(
    ("account", "password", "is_right"),
    [(ACCOUNT, PASSWORD, True), (ACCOUNT, "wrong", False), ("nobody", PASSWORD, False), ("", "", False)],
)
def test_login_alone(
    recorder: Recorder,
    server: ShareServer,
    account: str,
    password: str,
    is_right: bool,  # noqa: FBT001
) -> None:
    login = dataclasses.replace(writing(server), what="login", account=account, password=password)
    history = watched(login, recorder, served=False)

    assert ends(history).keys() == {("ok", None) if is_right else ("failed", "smb c000006d")}
    assert server.connections == len(history.operations("p"))


def test_a_guest_gets_in_where_guests_do(recorder: Recorder, server: ShareServer) -> None:
    server.mode = "guest"
    login = dataclasses.replace(writing(server), what="login", account="stranger", password="x")  # noqa: S106

    assert ends(watched(login, recorder, served=False)).keys() == {("ok", None)}


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap("closed", "greeting", "failed", "closed"),
        Mishap("old", "login", "failed", "torn answer"),
        Mishap("mute", "login", "failed", "answer timeout"),
        Mishap("silent", "answer", "unknown", "answer timeout"),
        Mishap("cut", "answer", "unknown", "torn answer"),
        Mishap("forged", "answer", "unknown", "torn answer"),
        Mishap("0 c0000022", "answer", "failed", "smb c0000022"),
        Mishap("1 c000007f", "answer", "unknown", "smb c000007f"),
    ],
)
@pytest.mark.parametrize("what", ["write", "read"])
def test_mishaps_have_their_outcome_and_word(
    recorder: Recorder, server: ShareServer, mishap: Mishap, what: Literal["write", "read"]
) -> None:
    server.mode = mishap.mode
    server.files["there"] = b"content"
    probe = writing(server) if what == "write" else reading(server, *["there"] * 20)
    history = watched(probe, recorder, served=False)

    assert ends(history).keys() == {(mishap.of_write if what == "write" else "failed", mishap.error)}
    assert {operation.detail["phase"] for operation in history.operations("p")} == {mishap.phase}


def test_an_answer_that_takes_a_while_and_comes_in_pieces_is_one(
    recorder: Recorder, server: ShareServer
) -> None:
    server.mode = "pending"

    assert ends(watched(writing(server), recorder)).keys() == {("ok", None)}


def test_another_protocol_is_no_share(recorder: Recorder) -> None:
    with socket.create_server((HERE, 0)) as listener:
        port = listener.getsockname()[1]
        probe = SmbProbe(
            name="p", target=HERE, port=port, what="login", account="", password="", interval_ms=50
        )
        with running([probe], Here(), recorder, need_service=False):
            client, _ = listener.accept()
            with client:
                client.sendall(b"SSH-2.0-loopback\r\n")
                with contextlib.suppress(ConnectionResetError):  # the probe's way to leave
                    client.recv(100)

    assert ends(recorder.history())["failed", "torn answer"] == 1


def test_acknowledged_files_are_there_and_failed_ones_are_not(
    recorder: Recorder, server: ShareServer
) -> None:
    """Through every mishap; only the fate of an unknown one is open."""
    with running([writing(server)], Here(), recorder) as at_work:
        for mode in ("closed", "cut", "mute", "0 c0000022", "silent", "old", "answer"):
            server.mode = mode
            at_work.watch(0.15)
        at_work.until_served(patience_s=5)
    operations = recorder.history().operations("p")

    for outcome, expected in ((Outcome.OK, {True}), (Outcome.FAILED, {False})):
        files = [o.detail["file"] for o in operations if o.outcome is outcome]
        assert {name in server.files for name in files} == expected
    assert Outcome.UNKNOWN in {operation.outcome for operation in operations}


def test_password_stays_out_of_the_record(recorder: Recorder, server: ShareServer) -> None:
    watched(writing(server), recorder)

    assert PASSWORD not in recorder.path.read_text(encoding="utf-8")


def test_stand_ins_write_read_and_list_over_one_connection(server: ShareServer) -> None:
    share = store(server)

    assert share.write("b.wav", b"one") == share.write("b.wav", b"two") == COMPUTER
    assert share.write("a.wav", bytes(LARGEST)) == COMPUTER
    assert share.read("b.wav") == (b"two", COMPUTER)
    assert share.names() == (["a.wav", "b.wav"], COMPUTER)
    assert server.connections == 1


def test_stand_ins_are_told_what_the_server_refused(server: ShareServer) -> None:
    share = store(server)
    with pytest.raises(Refused) as refusal:
        share.read("nowhere")
    assert refusal.value.status == NO_SUCH_FILE
    with pytest.raises(ValueError, match="65537 bytes; at most 65536"):
        share.write("x", bytes(LARGEST + 1))


@pytest.mark.parametrize("mode", ["closed", "mute", "silent", "cut", "forged", "old"])
def test_stand_ins_do_not_wait_longer_than_told_and_find_their_way_back(
    server: ShareServer, mode: str
) -> None:
    share = store(server, timeout_s=0.2)
    server.mode = mode
    with pytest.raises(UNREACHABLE):
        share.write("a.wav", b"one")
    server.mode = "answer"

    assert share.write("a.wav", b"two") == COMPUTER


def test_a_kept_connection_that_broke_is_made_anew(server: ShareServer) -> None:
    share = store(server)
    share.write("a.wav", b"one")
    server.mode = "cut"
    with pytest.raises(UNREACHABLE):
        share.write("a.wav", b"two")
    server.mode = "answer"
    share.write("a.wav", b"three")
    assert share._socket is not None
    share._socket.shutdown(socket.SHUT_RDWR)

    assert share.read("a.wav") == (b"three", COMPUTER)
