"""The real probe of files, and the stand-ins' way to a share, where nobody on loopback speaks SMB."""

import contextlib
import dataclasses
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from conformance.history import History, Outcome
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.probes.smb import SmbProbe
from topologies.local import LocalNode
from topologies.smb.store import Store
from topologies.smb.trouble import UNREACHABLE, Unsent

HERE = "127.0.0.1"
DEADLINE_MS = 200
SLACK_MS = 50
"""How much later than its deadline an operation may end on a machine that has other work."""


class _OurPython(LocalNode):
    def start(self, *argv: str) -> Any:
        return super().start(*(sys.executable if word == "python3" else word for word in argv))


class Here:
    """The machine on which we run, with the Python in which we do."""

    vantage = _OurPython()


@contextlib.contextmanager
def listening(mode: Literal["silent", "closing", "talking"]) -> Iterator[int]:
    """Accept connections, and say nothing on them, end them, or say what is not SMB; tell the port."""
    kept: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener was shut: it is over
            while True:
                client, _ = listener.accept()
                kept.append(client)
                if mode == "talking":
                    client.sendall(b"\0\0\0\x14SSH-2.0-loopback\r\n..")
                elif mode == "closing":
                    client.close()

    with socket.create_server((HERE, 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in kept:
                client.close()


@contextlib.contextmanager
def deaf() -> Iterator[int]:
    """Listen where no connection is completed: the backlog is full."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((HERE, 0))
        listener.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)  # noqa: FBT003 -- the standard library's
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def closed() -> Iterator[int]:
    """Listen nowhere; tell a port that nobody has."""
    with socket.create_server((HERE, 0)) as listener:
        port = listener.getsockname()[1]
    yield port


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


def writing(port: int) -> SmbProbe:
    return SmbProbe(
        name="p",
        target=HERE,
        port=port,
        what="write",
        client="case-1",
        account="jtel_test",
        password="loopback-secret",  # noqa: S106 -- of nobody
        interval_ms=20,
        deadline_ms=DEADLINE_MS,
    )


def watched(probe: SmbProbe, recorder: Recorder, seconds: float = 0.6) -> History:
    with running([probe], Here(), recorder, need_service=False) as at_work:
        at_work.watch(seconds)
    return recorder.history()


@pytest.mark.parametrize(
    ("server", "errors"),
    [
        (closed(), {"refused"}),
        (deaf(), {"connect timeout"}),
        (listening("silent"), {"answer timeout"}),
        (listening("closing"), {"closed", "reset"}),
        (listening("talking"), {"torn answer", "closed"}),
    ],
    ids=["closed port", "deaf listener", "silent listener", "closing listener", "another protocol"],
)
def test_without_a_share_every_slot_has_an_operation_that_fails_in_time(
    recorder: Recorder, server: contextlib.AbstractContextManager[int], errors: set[str]
) -> None:
    with server as port:
        history = watched(writing(port), recorder)
    operations = history.operations("p")

    assert len(operations) > 15
    assert {(o.outcome, o.detail["phase"]) for o in operations} == {(Outcome.FAILED, "connect")}
    assert {o.error for o in operations} <= errors
    assert all(o.completed_ns - o.invoked_ns < (DEADLINE_MS + SLACK_MS) * 1e6 for o in operations)  # type: ignore[operator]
    assert [o.detail["file"] for o in operations] == [f"case-1-{o.number}" for o in operations]


def test_slots_keep_their_times_while_every_operation_waits(recorder: Recorder) -> None:
    """The loop is open: an operation begins every 20 ms although each lasts 200."""
    with listening("silent") as port:
        operations = watched(writing(port), recorder).operations("p")

    assert {o.intended_ns - operations[0].intended_ns for o in operations} == {
        (o.number - operations[0].number) * 20_000_000 for o in operations
    }


@pytest.mark.parametrize("what", ["read", "append", "login"])
def test_whatever_is_tried_fails_by_the_same_word(
    recorder: Recorder, what: Literal["read", "append", "login"]
) -> None:
    with closed() as port:
        probe = dataclasses.replace(writing(port), what=what, files=("a", "b", "c"))
        operations = watched(probe, recorder, 0.2).operations("p")

    assert {(o.outcome, o.error) for o in operations} == {(Outcome.FAILED, "refused")}


def test_password_stays_out_of_the_record_and_threads_out_of_the_process(recorder: Recorder) -> None:
    with listening("silent") as port:
        history = watched(writing(port), recorder)

    assert "loopback-secret" not in recorder.path.read_text(encoding="utf-8")
    assert history.of_kind("observed")[-1]["what"] == "probe cost"


@pytest.mark.parametrize("mode", ["silent", "closing", "talking"])
def test_stand_ins_do_not_wait_longer_than_told(mode: Literal["silent", "closing", "talking"]) -> None:
    with listening(mode) as port:
        store = Store(
            HERE,
            "recordings",
            account="jtel_web",
            password="x",  # noqa: S106 -- of nobody
            port=port,
            timeout_s=0.2,
        )
        began_s = time.monotonic()
        with pytest.raises(UNREACHABLE):
            store.write("a.wav", b"sound")
        assert time.monotonic() - began_s < 0.2 + SLACK_MS / 1000


def test_what_was_not_sent_has_failed_for_sure() -> None:
    with closed() as port:
        store = Store(HERE, "recordings", account="jtel_web", password="x", port=port)  # noqa: S106 -- of nobody
        with pytest.raises(Unsent, match="refused"):
            store.write("a.wav", b"sound")


def test_no_socket_stays_behind() -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- counted
    with listening("silent") as port:
        store = Store(HERE, "recordings", account="a", password="x", port=port, timeout_s=0.05)  # noqa: S106
        for _ in range(10):
            with pytest.raises(UNREACHABLE):
                store.names()
    until_s = time.monotonic() + 2
    while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < until_s:  # noqa: PTH208
        threading.Event().wait(0.01)

    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
