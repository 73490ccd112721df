"""What SIPp's counters say for and against a run of calls."""

import pytest

from selftest.sipp.counters import Placed, parse

COLUMNS = (
    "TotalCallCreated;CurrentCall;SuccessfulCall(P);SuccessfulCall(C);FailedCall(P);FailedCall(C);"
    "FailedUnexpectedMessage(P);FailedUnexpectedMessage(C);FailedTimeoutOnRecv(P);FailedTimeoutOnRecv(C);"
    "Retransmissions(P);Retransmissions(C);"
)
GOOD = "200;0;1;200;0;0;0;0;0;0;0;3;"


def placed(line: str, *, status: int = 0) -> Placed:
    """Return a run whose statistics end with *line*."""
    return Placed(status, parse(f"{COLUMNS}\n40;9;31;31;0;0;0;0;0;0;0;0;\n{line}\n"), "what it said")


def test_last_line_counts() -> None:
    found = placed(GOOD).counters
    assert found is not None
    assert (found.created, found.under_way, found.successful, found.failed) == (200, 0, 200, 0)
    assert (found.retransmissions, found.reasons) == (3, {})
    assert placed(GOOD).complaints(200) == []


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (
            "199;0;0;199;0;0;0;0;0;0;0;0;",
            0,
            ["199 calls placed instead of 200", "199 calls of 200 successful"],
        ),
        ("200;1;0;199;0;0;0;0;0;0;0;0;", 0, ["199 calls of 200 successful", "1 calls not over"]),
        (
            "200;0;0;197;0;3;0;2;0;1;0;0;",
            1,
            [
                "197 calls of 200 successful",
                "3 calls failed (2 UnexpectedMessage, 1 TimeoutOnRecv): what it said",
                "exit status 1",
            ],
        ),
        (GOOD, 255, ["exit status 255"]),
        ("200;0;1;200;0;0;0;0;0;1;0;0;", 0, ["0 calls failed (1 TimeoutOnRecv): what it said"]),
    ],
)
def test_whatever_is_missing_is_said(line: str, status: int, said: list[str]) -> None:
    assert placed(line, status=status).complaints(200) == said


@pytest.mark.parametrize("table", ["", COLUMNS])
def test_run_without_statistics_proves_nothing(table: str) -> None:
    assert Placed(0, parse(table), "no route").complaints(200) == [
        "SIPp ended with status 0 and without statistics: no route"
    ]


def test_statistics_without_a_counter_are_an_error() -> None:
    with pytest.raises(KeyError, match="TotalCallCreated"):
        parse("SuccessfulCall(C);\n200;\n")
