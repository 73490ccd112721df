"""The telephony stand-in as it runs, on loopback: how it misbehaves when told to, and whom it serves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from selftest.loopback.raw_call import RawCall
from selftest.loopback.telephony import Telephony, telephony
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.calling import Caller
from topologies.waiting import wait_until

SERVER, TRUNK, STRANGER, GUARDED = "127.0.81.21", "127.0.81.22", "127.0.81.23", "127.0.81.24"
PATIENCE_S = 0.5


def says(status: int | None) -> None:
    """Wait until a call from the server's own node hears this last."""
    wait_until(
        f"the server says {status}",
        lambda: Caller(SERVER, "100").last_status(PATIENCE_S),
        lambda heard: heard == status,
        patience_s=5,
    )


def test_canary_tells_taken_refused_and_unanswered_calls_apart(tmp_path: Path) -> None:
    assert Caller(SERVER, "100").last_status(PATIENCE_S) is None
    with telephony(tmp_path, address=SERVER) as server:
        assert Caller(SERVER, "100").last_status(PATIENCE_S) == 488
        server.obey("reject = 0", "reject = 503")
        says(503)
        server.obey("reject = 503", "reject = 0")
        says(488)
        server.obey("silent_calls = false", "silent_calls = true")
        says(100)


def set_up(server: Telephony) -> RawCall:
    """Return a call to the server that is up."""
    call = RawCall(server.address, TRUNK)
    call.ask("INVITE")
    assert call.final_answer() == (200, "INVITE")
    call.ask("ACK")
    return call


def test_calls_in_progress_go_on_while_new_ones_are_refused(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER) as server, set_up(server) as call:
        server.obey("reject = 0", "reject = 503")
        says(503)
        call.ask("BYE", number=2)
        assert call.answer() == (200, "BYE")


def test_caller_who_cancels_a_call_that_nobody_answers_is_let_go(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER, silent_calls=True), RawCall(SERVER, TRUNK) as call:
        call.ask("INVITE")
        assert call.answer() == (100, "INVITE")
        call.ask("CANCEL")
        assert {call.answer(), call.answer()} == {(200, "CANCEL"), (487, "INVITE")}


def test_call_that_nobody_answers_ends_when_it_expires(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER, silent_calls=True), RawCall(SERVER, TRUNK) as call:
        call.ask("INVITE", "Expires: 1")
        assert call.answer() == (100, "INVITE")
        assert call.answer() == (487, "INVITE")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    """Serve a trunk, and nobody else."""
    with telephony(tmp_path_factory.mktemp("guarded"), address=GUARDED, accept_from=[TRUNK]) as server:
        yield server


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL"])
def test_strangers_are_refused_and_not_ignored(guarded: Telephony, method: str) -> None:
    with RawCall(guarded.address, STRANGER) as call:
        call.ask(method)
        assert call.answer() == (403, method)


def test_the_server_itself_is_no_stranger(guarded: Telephony) -> None:
    assert Caller(guarded.address, "100").last_status(PATIENCE_S) == 488


def test_stranger_cannot_end_a_call_and_its_caller_can(guarded: Telephony) -> None:
    with set_up(guarded) as call:
        call.ask("BYE", source=STRANGER, number=2)
        assert call.answer(STRANGER) == (403, "BYE")
        call.ask("BYE", number=2)
        assert call.answer() == (200, "BYE")


def test_without_a_list_everybody_is_served(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER), RawCall(SERVER, STRANGER) as call:
        call.ask("OPTIONS")
        assert call.answer() == (200, "OPTIONS")
