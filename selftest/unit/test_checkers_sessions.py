"""SessionsContinue and SessionsStay: kept, lost, moved, and not shown."""

from collections.abc import Callable

import pytest

from conformance.checkers.sessions import SessionsContinue, SessionsStay
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, operation

USERS = 4
BEGAN_MS = 1000.0
FAULT = "power loss of web1"

Answer = Callable[[int, float], tuple[str, str, str | None]]
"""User and time -> outcome, server, error."""


def home(user: int, _: float) -> tuple[str, str, str | None]:
    return "ok", f"web{user % 2 + 1}", None


def moved(user: int, now_ms: float) -> tuple[str, str, str | None]:
    if now_ms < BEGAN_MS or user % 2:
        return home(user, now_ms)
    return ("failed", "web1", "answer timeout") if now_ms < BEGAN_MS + 300 else ("ok", "web2", None)


def lost(user: int, now_ms: float) -> tuple[str, str, str | None]:
    outcome, server, error = moved(user, now_ms)
    gone = user == 0 and now_ms > BEGAN_MS + 300
    return ("failed", server, "logged out") if gone else (outcome, server, error)


def gone(user: int, now_ms: float) -> tuple[str, str, str | None]:
    return moved(user, now_ms) if user or now_ms < BEGAN_MS else ("failed", "web1", "answer timeout")


def restless(user: int, now_ms: float) -> tuple[str, str, str | None]:
    return ("ok", "web2", None) if user == 0 and now_ms > 500 else home(user, now_ms)


def recorded(answer: Answer, *, until_ms: float = 3000, faulty: bool = True) -> History:
    lines: list[Line] = []
    number = 0
    for user in range(USERS):
        lines += operation(user, user, 1, probe="users", session=f"s{user}", what="login")
    for number in range(USERS, int(until_ms / 25)):
        user, now_ms = number % USERS, number * 25.0
        outcome, server, error = answer(user, now_ms)
        lines += operation(number, now_ms, 2, outcome, probe="users", server=server, error=error,
                           session=f"s{user}", what="me")  # fmt: skip
    return history(lines, fault(node="web1", began_ms=BEGAN_MS) if faulty else [])


CONTINUE = SessionsContinue(probe="users", fault=FAULT, within_s=0.5)


def test_sessions_that_move_on_continue() -> None:
    result = CONTINUE.judge(recorded(moved))

    assert result.verdict is Verdict.HOLDS
    assert "4 sessions before and after" in result.reason
    assert "4 on web2" in result.reason
    assert result.measured == 0


@pytest.mark.parametrize("answer", [lost, gone])
def test_session_that_is_logged_out_or_never_served_again_is_lost(answer: Answer) -> None:
    result = CONTINUE.judge(recorded(answer))

    assert result.verdict is Verdict.VIOLATED
    assert "1 of 4 sessions lost" in result.reason
    assert result.measured == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (history(), "no session"),
        (recorded(home, faulty=False), "no fault"),
        (recorded(moved, until_ms=1400), "did not ask again"),
    ],
)
def test_continuing_without_evidence_is_unknown(record: History, reason: str) -> None:
    result = CONTINUE.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert reason in result.reason


def test_sessions_at_one_server_stay() -> None:
    result = SessionsStay(probe="users").judge(recorded(home, faulty=False))

    assert result.verdict is Verdict.HOLDS
    assert "4 sessions, 0 moved" in result.reason


@pytest.mark.parametrize("answer", [restless, lost])
def test_session_that_moves_or_is_logged_out_violates(answer: Answer) -> None:
    assert SessionsStay(probe="users").judge(recorded(answer, faulty=False)).verdict is Verdict.VIOLATED


def test_sessions_of_the_dead_server_may_move_and_no_other() -> None:
    check = SessionsStay(probe="users", fault=FAULT)

    assert check.judge(recorded(moved)).verdict is Verdict.HOLDS
    assert check.judge(recorded(restless)).verdict is Verdict.VIOLATED


def test_staying_without_evidence_is_unknown() -> None:
    assert SessionsStay(probe="users").judge(history()).verdict is Verdict.UNKNOWN
    assert SessionsStay(probe="users").judge(recorded(home, until_ms=400)).verdict is Verdict.UNKNOWN
    assert (
        SessionsStay(probe="users", fault=FAULT).judge(recorded(home, faulty=False)).verdict
        is Verdict.UNKNOWN
    )
