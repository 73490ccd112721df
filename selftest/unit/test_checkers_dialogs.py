"""CallsCanBeEnded: whose BYE reached the other side, and whose did not."""

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.checkers.check import restored
from conformance.checkers.dialogs import CallsCanBeEnded
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import at, fault, history, stall
from selftest.unit.crafted_calls import call, rtp

TAKEOVER = fault("power loss", "sp1", began_ms=1000)
ALL = CallsCanBeEnded(probes=("calls",))
DURING = CallsCanBeEnded(probes=("calls",), fault="power loss of sp1")
UNHEARD: dict[str, Any] = {"outcome": "unknown", "error": "no answer to BYE", "waited_ms": 2000.0}
HELD_MS = 2000.0


def hung_up(number: int, start_ms: float, **changed: Any) -> list[Line]:
    """Return a call that the phone ended after 2.06 s; *changed*: fields of `call`, and of its last line."""
    own = ("outcome", "error", "server", "target", "media", "ring_ms")
    begun, ended = call(number, start_ms, **{name: changed.pop(name) for name in own if name in changed})
    sent_ns = at(start_ms + 60 + HELD_MS)
    over_ns = sent_ns + round(changed.pop("waited_ms", 1.0) * 1e6)
    return [
        begun,
        {"ended_by": "us", "cut_short": False, **ended, "ended_ns": sent_ns, "at_ns": over_ns, **changed},
    ]


def taken_along(*others: Sequence[Line]) -> History:
    """Return six calls whose BYE was answered after the takeover, and *others*."""
    good = [line for number in range(6) for line in hung_up(number, 100.0 * number)]
    return history(good, *others, TAKEOVER)


@pytest.mark.parametrize("check", [ALL, DURING], ids=["always", "after a fault"])
def test_calls_whose_bye_was_answered_hold(check: CallsCanBeEnded) -> None:
    result = check.judge(taken_along())

    assert result.verdict is Verdict.HOLDS
    assert result.measured == "6 of 6 BYEs answered"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (UNHEARD, "no answer to BYE"),
        (
            {"outcome": "unknown", "error": "BYE answered with 408", "bye_status": 408},
            "BYE answered with 408",
        ),
        ({"outcome": "failed", "error": "dropped", "bye_status": 481}, "BYE answered with 481"),
        ({"outcome": "failed", "error": "media lost", "bye_status": 500}, "BYE answered with 500"),
        ({**UNHEARD, "cut_short": True}, "no answer to BYE"),
    ],
)
@pytest.mark.parametrize("check", [ALL, DURING], ids=["always", "after a fault"])
def test_bye_without_success_violates(check: CallsCanBeEnded, bad: dict[str, Any], reason: str) -> None:
    result = check.judge(taken_along(hung_up(9, 500, **bad)))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == f"the call of calls at t=0.500 s answered by tel1: {reason}"
    assert result.measured == "6 of 7 BYEs answered"


@pytest.mark.parametrize(
    "other",
    [
        hung_up(9, 1100, **UNHEARD),
        hung_up(9, -1200, **UNHEARD),
        hung_up(9, 500, outcome="failed", error="not ended by them"),
        hung_up(9, 500, ended_by="them", outcome="failed", error="dropped"),
        call(9, 500, outcome="failed", error="sip 503", ring_ms=None),
        call(9, 500, outcome="unknown", error="not ended when the probe ended"),
        call(9, 500, held_ms=None),
        hung_up(9, 500, outcome="failed", error="media lost", media=rtp(heard=40)),
    ],
    ids=["later", "before", "heard", "their end", "refused", "still up", "never ended", "without media"],
)
def test_what_is_no_bye_of_a_call_in_progress_is_left_out(other: list[Line]) -> None:
    assert DURING.judge(taken_along(other)).verdict is Verdict.HOLDS


def test_calls_on_what_was_hit_are_left_out() -> None:
    record = taken_along(hung_up(9, 500, server="tel2", **UNHEARD))
    assert DURING.model_copy(update={"failed": ("tel2",)}).judge(record).verdict is Verdict.HOLDS
    assert DURING.model_copy(update={"failed": ("tel3",)}).judge(record).verdict is Verdict.VIOLATED

    record = taken_along(hung_up(9, 500, target="pbx2", **UNHEARD))
    assert DURING.model_copy(update={"pbxs": ("pbx2",)}).judge(record).verdict is Verdict.HOLDS
    assert DURING.model_copy(update={"pbxs": ("pbx3",)}).judge(record).verdict is Verdict.VIOLATED


def test_call_of_an_unknown_server_may_have_been_on_the_failed_one() -> None:
    record = taken_along(hung_up(9, 500, server=None, **UNHEARD))

    assert DURING.judge(record).verdict is Verdict.VIOLATED
    assert DURING.model_copy(update={"failed": ("tel2",)}).judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("late_ms", "verdict"), [(60, Verdict.VIOLATED), (499, Verdict.VIOLATED), (500, Verdict.UNKNOWN)]
)
def test_missing_answer_that_a_stall_may_explain_is_unknown(late_ms: float, verdict: Verdict) -> None:
    record = taken_along(hung_up(9, 500, **UNHEARD), [stall(3600, late_ms)])

    assert DURING.judge(record).verdict is verdict


def test_stall_explains_no_refusal() -> None:
    lost = hung_up(9, 500, outcome="failed", error="dropped", bye_status=481, waited_ms=1500)

    assert DURING.judge(taken_along(lost, [stall(4000, 1400)])).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history([line for number in range(6) for line in hung_up(number, 0)]),
        history([line for number in range(4) for line in hung_up(number, 0)], TAKEOVER),
        history([line for number in range(6) for line in hung_up(number, 1100)], TAKEOVER),
        taken_along(hung_up(9, 500, outcome="failed", error="media lost")),
        taken_along(
            hung_up(
                9,
                500,
                outcome="unknown",
                error="not ended when the probe ended",
                ended_by=None,
                waited_ms=900,
            )
        ),
    ],
    ids=["empty", "no fault", "few", "none in progress", "hidden by its media", "pending"],
)
def test_calls_to_be_ended_without_evidence_are_unknown(record: History) -> None:
    assert DURING.judge(record).verdict is Verdict.UNKNOWN


def test_no_answered_bye_at_all_violates() -> None:
    lost = [line for number in range(2) for line in hung_up(number, 0, **UNHEARD)]

    assert DURING.judge(history(lost, TAKEOVER)).verdict is Verdict.VIOLATED


def test_check_survives_being_stored() -> None:
    assert restored(DURING.stored()) == DURING
