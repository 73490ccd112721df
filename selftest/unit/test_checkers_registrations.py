"""Checks of registrations: at every registrar, refreshed, left alone, by credentials, and not in storms."""

from collections.abc import Sequence

import pytest

from conformance.checkers.check import Check, restored
from conformance.checkers.registering import CredentialsDecide
from conformance.checkers.registration_rate import RegistrationRateWithin
from conformance.checkers.registrations import (
    RegisteredAtEvery,
    RegistrationsRefreshed,
    RegistrationsStay,
)
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history
from selftest.unit.crafted_calls import registered, registering, seen

EVERY = RegisteredAtEvery(registrars=("pbx1", "pbx2"), users=("tel1", "tel2"))
ALL = [registered(10, pbx, tel) for pbx in ("pbx1", "pbx2") for tel in ("tel1", "tel2")]


def test_registered_at_every_registrar_holds() -> None:
    assert EVERY.judge(history(ALL)).verdict is Verdict.HOLDS
    came = [registered(0, "pbx1", "tel1", there=False), *ALL]
    assert EVERY.judge(history(came)).verdict is Verdict.HOLDS


def test_registrar_that_was_left_out_violates() -> None:
    result = EVERY.judge(history(ALL, registered(20, "pbx2", "tel1", there=False)))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "tel1 was not registered at pbx2 at t=0.010 s"


@pytest.mark.parametrize("record", [history(), history(ALL[:3])])
def test_registrations_nobody_looked_at_are_unknown(record: History) -> None:
    assert EVERY.judge(record).verdict is Verdict.UNKNOWN
    nobody = EVERY.model_copy(update={"users": ()})
    assert nobody.judge(record).verdict is Verdict.UNKNOWN


REFRESHED = RegistrationsRefreshed(registrars=("pbx1",), users=("tel1",))


def left(*times: tuple[float, float]) -> list[Line]:
    """Return looks at (seconds, seconds left); 0: expired."""
    return [registered(at_s * 1000, expires_s=left_s, there=left_s > 0) for at_s, left_s in times]


def test_binding_that_is_refreshed_in_time_holds() -> None:
    result = REFRESHED.judge(history(left((0, 20), (5, 15), (12, 8), (14, 20), (20, 14))))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "refreshed: tel1 at pbx1 1 time"


def test_binding_that_expired_violates() -> None:
    result = REFRESHED.judge(history(left((0, 20), (12, 8), (21, 0), (22, 20))))

    assert result.verdict is Verdict.VIOLATED
    assert "the registration of tel1 at pbx1 had expired at t=21.000 s" in result.reason


@pytest.mark.parametrize(
    "times", [(), ((0.0, 20.0), (5.0, 15.0)), ((0.0, 20.0), (5.4, 15.0), (9.8, 11.0))], ids=str
)
def test_no_refresh_seen_is_unknown(times: Sequence[tuple[float, float]]) -> None:
    assert REFRESHED.judge(history(left(*times))).verdict is Verdict.UNKNOWN


STAY = RegistrationsStay(registrars=("pbx2",), users=("tel1",), fault="power loss of pbx1")
LOSS = fault("power loss", "pbx1", began_ms=1000, healed_ms=5000)


def looks(*times_ms: float, contact: str = "sip:tel1@198.18.3.81", there: bool = True) -> list[Line]:
    return [registered(at_ms, "pbx2", contact=contact, there=there) for at_ms in times_ms]


def test_registrations_at_the_other_pbx_that_stay_hold() -> None:
    assert STAY.judge(history(looks(500, 1500, 2500, 3500), LOSS)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (looks(4000, there=False), "tel1 at pbx2 was not registered any more at t=3.500 s"),
        (looks(4000, contact="sip:tel1@198.18.3.9"), "was registered as sip:tel1@198.18.3.9 instead of"),
    ],
)
def test_registration_that_changes_violates(bad: list[Line], reason: str) -> None:
    result = STAY.judge(history(looks(500, 1500, 2500, 3500), bad, LOSS))

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(looks(500, 1500, 2500, 3500)),
        history(looks(1500, 2500, 3500), LOSS),
        history(looks(500, 1500, 6000, 7000), LOSS),
        history(looks(500, there=False), looks(1500, 2500, 3500), LOSS),
    ],
    ids=["empty", "no fault", "not before", "few", "not there before"],
)
def test_staying_without_evidence_is_unknown(record: History) -> None:
    assert STAY.judge(record).verdict is Verdict.UNKNOWN


CREDENTIALS = CredentialsDecide(registrars=("pbx1",), right="right", wrong=("wrong", "none"))
RIGHT = registering(0, 0, probe="right")
REFUSED = [*registering(1, 10, probe="wrong", status=403), *registering(2, 20, probe="none", status=401)]


def test_right_accepted_and_wrong_refused_holds() -> None:
    result = CREDENTIALS.judge(history(RIGHT, REFUSED))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "1 attempt with the right credentials accepted, 2 without refused"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (
            history(RIGHT, REFUSED, registering(3, 30, probe="wrong")),
            "pbx1 accepted 1 of 2 attempts of wrong",
        ),
        (
            history(RIGHT, REFUSED, registering(3, 30, probe="none", status=500)),
            "pbx1 answered 1 attempt of none with 500 instead of 401 or 403",
        ),
        (
            history(registering(0, 0, probe="right", status=403), REFUSED),
            "pbx1 accepted none of 1 right attempt: sip 403",
        ),
    ],
)
def test_credentials_that_do_not_decide_violate(record: History, reason: str) -> None:
    result = CREDENTIALS.judge(record)

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == reason


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(RIGHT),
        history(REFUSED),
        history(RIGHT, REFUSED[:2], registering(2, 20, probe="none", status=None)),
        history(registering(0, 0, probe="right", target="pbx2"), REFUSED),
    ],
    ids=["empty", "no wrong", "no right", "no answer", "elsewhere"],
)
def test_credentials_without_evidence_are_unknown(record: History) -> None:
    assert CREDENTIALS.judge(record).verdict is Verdict.UNKNOWN


RATE = RegistrationRateWithin(
    registrars=("sp2",), fault="power loss of sp1", limit_per_s=4, formula="2 per s and server"
)
TAKEOVER = fault("power loss", "sp1", began_ms=1000)


def counted(*counts: int, every_ms: float = 500) -> list[Line]:
    return [seen("registrations", n * every_ms, "sp2", {"requests": count}) for n, count in enumerate(counts)]


def test_few_registrations_hold() -> None:
    result = RATE.judge(history(counted(7, 8, 8, 8, 11, 12, *[12] * 10), TAKEOVER))

    assert result.verdict is Verdict.HOLDS
    assert (result.measured, result.norm) == (4.0, 4)


@pytest.mark.parametrize("counts", [(7, 8, 8, 8, 12, 13, *[13] * 10), (7, 8, 0, 2, 5, *[5] * 10)])
def test_storm_violates_also_at_a_registrar_that_started_anew(counts: Sequence[int]) -> None:
    result = RATE.judge(history(counted(*counts), TAKEOVER))

    assert result.verdict is Verdict.VIOLATED
    assert "5.0 registrations per second after power loss of sp1 at sp2" in result.reason


def test_storm_before_the_fault_is_not_its_own() -> None:
    assert RATE.judge(history(counted(0, 90, *[90] * 14), TAKEOVER)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(counted(*[7] * 16)),
        history(TAKEOVER),
        history(counted(7, 7, 7, 7, 7), TAKEOVER),
        history(counted(7, 7, 7, 7, every_ms=2500), TAKEOVER),
    ],
    ids=["empty", "no fault", "nobody looked", "short", "rare"],
)
def test_rate_without_evidence_is_unknown(record: History) -> None:
    assert RATE.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "check", [EVERY, REFRESHED, STAY, CREDENTIALS, RATE], ids=lambda check: type(check).__name__
)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
