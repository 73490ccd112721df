"""MessagesFollowTheStandard: what the system sends breaks no rule; nor may what the phone sends."""

import json

import pytest

from conformance.checkers.check import Check, restored
from conformance.checkers.sip_messages import MessagesFollowTheStandard
from conformance.history import History, Line
from conformance.sip_messages.examination import examine
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_calls import seen
from selftest.unit.crafted_datagrams import OUTGOING, REGISTERED, Exchange, changed, datagrams

CHECK = MessagesFollowTheStandard(least=4)


def recorded(exchange: Exchange) -> list[Line]:
    tally = examine(datagrams(exchange)).tally()
    return [json.loads(json.dumps(seen("sip-datagrams", 900, "client", tally)))]


def test_messages_that_follow_the_standard_hold() -> None:
    result = CHECK.judge(history(recorded(OUTGOING)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "4 messages received and 3 sent break no rule"


def test_bad_message_of_the_system_violates() -> None:
    result = CHECK.judge(history(recorded(changed(OUTGOING, 3, "s=tel1", "s="))))

    assert result.verdict is Verdict.VIOLATED
    assert "client at t=" in result.reason
    assert "200 to INVITE received from 198.18.3.61:5060: found ['']" in result.reason
    assert "(RFC 8866, 5.3: there is one session name, and it is not empty)" in result.reason


def test_bad_message_of_the_phone_makes_answers_worthless() -> None:
    result = CHECK.judge(history(recorded(changed(OUTGOING, 4, "Max-Forwards: 70\n", ""))))

    assert result.verdict is Verdict.UNKNOWN
    assert "the end point itself broke a rule" in result.reason
    assert "8.1.1: To, From" in result.reason


@pytest.mark.parametrize(
    "record",
    [history(), history(recorded(OUTGOING[:4])), history(recorded(REGISTERED))],
    ids=["empty", "no BYE", "no call"],
)
def test_messages_without_evidence_are_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("check", [CHECK], ids=lambda check: type(check).__name__)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
