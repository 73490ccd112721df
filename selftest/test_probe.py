"""The real probe process against servers on loopback: what it records, and how it ends."""

import contextlib
import dataclasses
import itertools
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from conformance.checkers.distribution import SharesWithinBound
from conformance.checkers.sessions import SessionsStay
from conformance.history import History, Outcome
from conformance.probes.probe import HttpProbe, NewSessionProbe, Probe, SessionProbe
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.verdict import Verdict
from selftest.loopback.outages import Here, silent_server
from selftest.loopback.sessions_server import SessionServer, session_server
from topologies.errors import LabError, NotReady

HERE = "127.0.0.1"


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


@pytest.fixture
def server() -> Iterator[SessionServer]:
    with session_server() as server:
        yield server


def watched(probe: Probe, recorder: Recorder, *, seconds: float = 0.5, served: bool = True) -> History:
    with running([probe], Here(), recorder, need_service=served) as at_work:
        at_work.watch(seconds)
    return recorder.history()


def errors(history: History) -> Counter[str | None]:
    return Counter(operation.error for operation in history.operations("p"))


def test_loop_is_open_and_says_what_happened_when(recorder: Recorder) -> None:
    """Operations start at their interval, also while none returns, and carry the stamps of their phases."""
    with silent_server() as server:
        probe = HttpProbe(name="p", target=HERE, port=server.port)
        with running([probe], Here(), recorder) as at_work:
            server.silence("discard", 300)
            server.truth()
            at_work.until_served(patience_s=5)
    operations = recorder.history().operations("p")

    starts = [operation.intended_ns for operation in operations]
    assert all((later - earlier) % 10_000_000 == 0 for earlier, later in itertools.pairwise(starts))
    assert 15 <= errors(recorder.history())["answer timeout"] <= 31
    for operation in operations:
        assert operation.completed_ns is not None
        if operation.outcome is Outcome.OK:
            detail = operation.detail
            stamps = [detail[name] for name in ("connected_ns", "sent_ns", "first_byte_ns")]
            assert operation.invoked_ns < stamps[0] <= stamps[1] <= stamps[2] <= operation.completed_ns
            assert (operation.server, detail["status"], detail["address"]) == ("loop1", 200, HERE)


@pytest.mark.parametrize(
    ("mode", "method", "outcome", "error"),
    [
        ("refuse", "GET", "failed", "refused"),
        ("reset", "GET", "failed", "reset"),
        ("discard", "GET", "failed", "answer timeout"),
        ("discard", "POST", "unknown", "answer timeout"),
        ("503", "GET", "failed", "http 503"),
    ],
)
def test_failures_have_their_words(
    recorder: Recorder, mode: str, method: str, outcome: str, error: str
) -> None:
    with silent_server() as server:
        probe = HttpProbe(name="p", target=HERE, port=server.port, method=method, deadline_ms=200)
        with running([probe], Here(), recorder) as at_work:
            server.silence(mode, 150)
            server.truth()
            at_work.until_served(patience_s=5)
    bad = [o for o in recorder.history().operations("p") if o.outcome is not Outcome.OK]

    assert Counter((o.outcome, o.error) for o in bad).most_common(1)[0][0] == (outcome, error)


def test_kept_connections_are_used_again(recorder: Recorder, server: SessionServer) -> None:
    probe = HttpProbe(name="p", target=HERE, port=server.port, keep_alive=True)
    history = watched(probe, recorder)

    assert errors(history).keys() == {None}
    operations = history.operations("p")
    assert len({o.detail["connected_ns"] for o in operations}) < len(operations) / 2


def test_torn_answer(recorder: Recorder) -> None:
    with contextlib.closing(socket.create_server((HERE, 0))) as listener:
        probe = HttpProbe(name="p", target=HERE, port=listener.getsockname()[1], interval_ms=50)
        with running([probe], Here(), recorder, need_service=False):
            client, _ = listener.accept()
            with client:
                client.recv(1000)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    assert errors(recorder.history())["torn answer"] == 1


def test_name_that_no_hosts_table_knows(recorder: Recorder) -> None:
    history = watched(HttpProbe(name="p", target="nobody.invalid"), recorder, seconds=0.1, served=False)

    assert errors(history).keys() == {"no such name"}


@pytest.mark.parametrize(("name", "word"), [(HERE, None), ("other.invalid", "tls: hostname mismatch")])
def test_certificate_is_verified_for_chain_and_name(
    recorder: Recorder, tmp_path: Path, name: str, word: str | None
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert(HERE).private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with silent_server(tmp_path / "server.pem") as server:
        good = HttpProbe(
            name="p", target=HERE, scheme="https", port=server.port, ca_file=str(tmp_path / "ca.pem")
        )
        probe = dataclasses.replace(good, server_name=name)
        seen = errors(watched(probe, recorder, seconds=0.3, served=word is None))

    assert len(seen) == 1
    (error,) = seen
    assert error == word or str(error).lower().startswith(str(word))


def test_users_stay_logged_in_and_newcomers_are_spread(recorder: Recorder, server: SessionServer) -> None:
    staying = SessionProbe(name="users", target=HERE, port=server.port, users=6, session_interval_ms=60)
    coming = NewSessionProbe(name="new", target=HERE, port=server.port)
    with running([staying, coming], Here(), recorder) as at_work:
        at_work.watch(1.0)
    history = recorder.history()

    assert SessionsStay(probe="users").judge(history).verdict is Verdict.HOLDS
    shares = SharesWithinBound(probe="new", weights={"web1": 1, "web2": 1}).judge(history)
    assert shares.verdict is Verdict.HOLDS, shares.reason


def test_users_whom_the_server_forgot_are_logged_out(recorder: Recorder, server: SessionServer) -> None:
    probe = SessionProbe(name="users", target=HERE, port=server.port, users=4, session_interval_ms=40)
    with running([probe], Here(), recorder) as at_work:
        server.sessions.clear()
        at_work.watch(0.3)
    last = {o.detail["user"]: o for o in recorder.history().operations("users")}

    assert {(o.error, o.detail["logged_in"]) for o in last.values()} == {("logged out", False)}
    assert SessionsStay(probe="users").judge(recorder.history()).verdict is Verdict.VIOLATED


def test_probe_without_service_is_not_ready_and_says_why(recorder: Recorder) -> None:
    with contextlib.closing(socket.create_server((HERE, 0))) as unused:
        port = unused.getsockname()[1]
    probe = HttpProbe(name="p", target=HERE, port=port)

    with (
        pytest.raises(NotReady, match="x refused"),
        running([probe], Here(), recorder, patience_s=0.5),
    ):
        pytest.fail("the block must not begin")


def test_dead_probe_is_lab_trouble_that_quotes_it(recorder: Recorder) -> None:
    probe = HttpProbe(name="p", target=HERE, scheme="https", port=1, ca_file="/no/such/ca.pem")

    with (
        pytest.raises(LabError, match=r"probe p (died|ended) with status 1: .*No such file"),
        running([probe], Here(), recorder, patience_s=5),
    ):
        pytest.fail("the block must not begin")
