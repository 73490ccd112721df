"""Check of the proof with which users register."""

import pytest

from conformance.checkers.check import restored
from conformance.checkers.digest import RegistersWithDigest
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_calls import seen

CHECK = RegistersWithDigest(registrars=("pbx1",), users=("tel1",))


def register(user: str = "tel1", accepted: int = 2, with_digest: int = 2, *, at: str = "pbx1") -> Line:
    return seen("register", 10, at, {"user": user, "accepted": accepted, "with_digest": with_digest})


def test_registrations_with_a_digest_hold() -> None:
    result = CHECK.judge(history([register()]))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "with a digest: tel1 at pbx1 2 times"


@pytest.mark.parametrize("user", ["tel1", "297"])
def test_whoever_is_taken_without_a_digest_violates(user: str) -> None:
    result = CHECK.judge(history([register(), register(user, accepted=3, with_digest=1)]))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == f"pbx1 took 2 registrations of {user} without a digest"


@pytest.mark.parametrize("lines", [[], [register("tel2")], [register(at="pbx2")]])
def test_user_that_nobody_saw_register_is_unknown(lines: list[Line]) -> None:
    assert CHECK.judge(history(lines)).verdict is Verdict.UNKNOWN


def test_nobody_to_look_at_is_unknown() -> None:
    assert (
        RegistersWithDigest(registrars=(), users=()).judge(history([register()])).verdict is Verdict.UNKNOWN
    )


def test_it_is_restored_from_its_stored_form() -> None:
    assert restored(CHECK.stored()) == CHECK
