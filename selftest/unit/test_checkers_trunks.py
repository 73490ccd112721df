"""CallBacksKeepTheirTrunk."""

import pytest

from conformance.checkers.check import Check, restored
from conformance.checkers.trunks import CallBacksKeepTheirTrunk
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_calls import call, call_id, calls, came_in

CHECK = CallBacksKeepTheirTrunk(probes=("calls",), targets=("pbx1", "pbx2"), servers=("tel1", "tel2"))


def asked(pbx: str, server: str, number: int) -> list[Line]:
    return call(number, number * 100, target=pbx, server=server, back_to="201")


def back(pbx: str, number: int, *, server: str, via: str | None = None) -> Line:
    partner = call_id("calls", number)
    return came_in(number, number * 100 + 300, via=via or pbx, from_server=server, partner=partner)


TRUNKS = [("pbx1", "tel1"), ("pbx1", "tel2"), ("pbx2", "tel1"), ("pbx2", "tel2")]
ASKED = [line for number, (pbx, server) in enumerate(TRUNKS) for line in asked(pbx, server, number)]
BACK = [back(pbx, number, server=server) for number, (pbx, server) in enumerate(TRUNKS)]
LATER = calls(9000, probe="later", every_ms=1000)


def test_call_backs_over_their_own_trunks_hold() -> None:
    result = CHECK.judge(history(ASKED, BACK))

    assert result.verdict is Verdict.HOLDS
    assert result.reason.startswith("4 call backs: 1 by pbx1 from tel1, 1 by pbx1 from tel2")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (back("pbx2", 3, server="tel2", via="pbx1"), "came by pbx1, its partner call used pbx2"),
        (back("pbx2", 3, server="tel1"), "came from tel1, its partner call used tel2"),
    ],
)
def test_call_back_over_another_trunk_violates(wrong: Line, reason: str) -> None:
    result = CHECK.judge(history(ASKED, BACK[:3], wrong))

    assert result.verdict is Verdict.VIOLATED
    assert f"the call back at t=0.600 s {reason}" in result.reason


def test_call_back_that_never_came_violates_once_there_was_time() -> None:
    result = CHECK.judge(history(ASKED, BACK[:3], LATER))

    assert result.verdict is Verdict.VIOLATED
    assert "asked that 201 be called back, which never happened" in result.reason
    assert CHECK.judge(history(ASKED, BACK[:3])).verdict is Verdict.UNKNOWN


def test_phone_that_was_about_to_end_took_no_call_back() -> None:
    ending = {"t": "ending", "probe": "calls", "at_ns": BACK[3]["at_ns"]}

    assert CHECK.judge(history(ASKED, BACK[:3], LATER, ending)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(ASKED, BACK[:3], {**BACK[3], "for": None}),
        history(ASKED, BACK[:3], {**BACK[3], "for": "somebody else"}),
        history(ASKED, BACK[:3], {**BACK[3], "via": None}),
        history(ASKED, BACK[:3], {**BACK[3], "from_server": None}),
        history(asked("pbx1", "tel1", 0), BACK[:1]),
    ],
    ids=["empty", "no partner", "strange partner", "no PBX", "no server", "one trunk"],
)
def test_trunks_without_evidence_are_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN


def test_lines_about_the_same_call_complete_each_other() -> None:
    first = {**BACK[3], "via": None}
    second = {**BACK[3], "at_ns": BACK[3]["at_ns"] + 1, "from_server": None}

    assert CHECK.judge(history(ASKED, BACK[:3], first, second)).verdict is Verdict.HOLDS


@pytest.mark.parametrize("check", [CHECK], ids=lambda check: type(check).__name__)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
