"""SharesWithinBound and NothingSentTo."""

import math
from collections.abc import Sequence

import pytest

from conformance.checkers.distribution import NothingSentTo, SharesWithinBound, two_sided
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import at, fault, history, operation

BEGAN_MS = 1000.0
FAULT = "freeze of web1"


def answers(*servers: str | None, from_ms: float = 0.0) -> list[Line]:
    return [
        line
        for number, server in enumerate(servers)
        for line in operation(number, from_ms + number, 0.5, server=server)
    ]


EVEN = SharesWithinBound(probe="http", weights={"web1": 1, "web2": 1})


def test_even_shares_hold() -> None:
    result = EVEN.judge(history(answers(*["web1", "web2"] * 50)))

    assert result.verdict is Verdict.HOLDS
    assert "web1 50/100, web2 50/100" in result.reason
    assert "alpha 5e-07" in result.formula


@pytest.mark.parametrize(
    ("servers", "reason"),
    [
        (["web1"] * 100, "web2 got nothing"),
        (["web1"] * 90 + ["web2"] * 10, "too far"),
        (["web1", "web2"] * 50 + ["web3"], "web3 is to get nothing"),
    ],
)
def test_shares_off_their_weights_are_violated(servers: Sequence[str], reason: str) -> None:
    result = EVEN.judge(history(answers(*servers)))

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


@pytest.mark.parametrize(
    "servers", [[], [None] * 100, ["web1", "web2"] * 5, ["web1"] * 5], ids=["none", "nameless", "few", "one"]
)
def test_shares_without_evidence_are_unknown(servers: Sequence[str | None]) -> None:
    assert EVEN.judge(history(answers(*servers))).verdict is Verdict.UNKNOWN


def test_documented_weight_of_zero_means_nothing_at_all() -> None:
    check = SharesWithinBound(probe="http", weights={"web1": 1, "web2": 0})

    assert check.judge(history(answers(*["web1"] * 50))).verdict is Verdict.HOLDS
    assert check.judge(history(answers(*["web1"] * 49, "web2"))).verdict is Verdict.VIOLATED


def test_shares_after_a_return_leave_out_what_was_before() -> None:
    lines = answers(*["web2"] * 1000) + answers(*["web1", "web2"] * 100, from_ms=3000)
    check = SharesWithinBound(probe="http", weights={"web1": 1, "web2": 1}, fault=FAULT, within_s=0.5)
    away = fault("freeze", "web1", began_ms=500, healed_ms=2000)

    assert EVEN.judge(history(lines)).verdict is Verdict.VIOLATED
    assert check.judge(history(lines, away)).verdict is Verdict.HOLDS
    assert check.judge(history(lines)).verdict is Verdict.UNKNOWN
    never = fault("freeze", "web1", began_ms=500)
    assert check.judge(history(lines, never)).verdict is Verdict.UNKNOWN


def test_shares_count_from_when_the_returned_server_is_ready() -> None:
    """Power is back at 2 s, the server ready at 3 s: until then the others have everything, and may."""
    check = SharesWithinBound(probe="http", weights={"web1": 1, "web2": 1}, fault=FAULT)
    away = fault("freeze", "web1", began_ms=500, healed_ms=2000)
    lines = answers(*["web2"] * 900, from_ms=2050) + answers(*["web1", "web2"] * 50, from_ms=3010)
    ready = [{"t": "observed", "what": "ready", "node": "web1", "at_ns": at(3000), "value": True}]

    assert check.judge(history(lines, away)).verdict is Verdict.VIOLATED
    assert check.judge(history(lines, away, ready)).verdict is Verdict.HOLDS


def test_binomial_test_is_exact() -> None:
    assert two_sided(0, 20, 0.5) == pytest.approx(2 * 0.5**20)
    assert two_sided(10, 20, 0.5) == 1.0
    assert two_sided(3, 10, 0.2) == pytest.approx(
        2 * (1 - sum(math.comb(10, k) * 0.2**k * 0.8 ** (10 - k) for k in range(3)))
    )


def recorded(
    *, affected_until_ms: float, error: str | None = "answer timeout", until_ms: float = 4000
) -> History:
    """Every second request goes to web1, and fails (or is late) from the fault until *affected_until_ms*."""
    lines: list[Line] = []
    for number in range(int(until_ms / 4)):
        now_ms = number * 4.0
        hit = number % 2 == 0 and BEGAN_MS <= now_ms < affected_until_ms
        server = "web1" if number % 2 == 0 and now_ms < BEGAN_MS else "web2"
        if hit and error is not None:
            lines += operation(number, now_ms, 500, "failed", server=None, error=error)
        else:
            lines += operation(number, now_ms, 200 if hit else 1.5, server=server)
    return history(lines, fault("freeze", "web1", began_ms=BEGAN_MS))


NOTHING = NothingSentTo(probe="http", server="web1", fault=FAULT, norm_s=0.6, formula="inter x fall")


@pytest.mark.parametrize("error", ["answer timeout", None])
def test_requests_sent_there_until_the_norm_hold(error: str | None) -> None:
    result = NOTHING.judge(recorded(affected_until_ms=1500, error=error))

    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)
    assert 0.49 < result.measured < 0.51


@pytest.mark.parametrize("error", ["answer timeout", None])
def test_requests_still_sent_there_after_the_norm_violate(error: str | None) -> None:
    result = NOTHING.judge(recorded(affected_until_ms=2000, error=error))

    assert result.verdict is Verdict.VIOLATED
    assert "the last one 0.9" in result.reason


def test_server_that_still_answers_violates() -> None:
    lines = recorded(affected_until_ms=1100).lines
    result = NOTHING.judge(history(lines, operation(9000, 2500, 1, server="web1")))

    assert result.verdict is Verdict.VIOLATED
    assert "answered by web1" in result.reason


def test_no_affected_request_holds() -> None:
    assert NOTHING.judge(recorded(affected_until_ms=0)).verdict is Verdict.HOLDS


def test_configuration_that_never_takes_it_out_is_violated() -> None:
    check = NOTHING.model_copy(update={"norm_s": math.inf})

    assert check.judge(recorded(affected_until_ms=4000)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(answers("web1", "web2")),
        recorded(affected_until_ms=1100, until_ms=1500),
        history(answers(*["web2"] * 4000), fault("freeze", "web1", began_ms=BEGAN_MS)),
    ],
    ids=["empty", "no fault", "too short", "never used"],
)
def test_nothing_sent_without_evidence_is_unknown(record: History) -> None:
    assert NOTHING.judge(record).verdict is Verdict.UNKNOWN
