"""Detection times are those of HAProxy's own clockwork, with their formula."""

import math

import pytest

from conformance.norms.detection import (
    client_outage_norm,
    detection,
    prompt_refusal_norm,
    recovery_norm,
)
from conformance.norms.haproxy import Configuration, parse
from topologies.errors import UsageError


def config(
    server: str = "check inter 200ms fastinter 100ms fall 2",
    *,
    timeouts: str = "connect 50ms,check 100ms,server 10s",
    more: str = "",
) -> Configuration:
    lines = [f"    timeout {timeout}" for timeout in timeouts.split(",") if timeout]
    extra = [f"    {line}" for line in more.split(",") if line]
    return parse(
        "\n".join(["backend web", "    option httpchk", *lines, *extra, f"    server web1 web1:80 {server}"])
    )


def test_a_silent_server() -> None:
    """One pause, then every check runs into its timeout, and between them the short pause."""
    norm = detection(config(), "web1")
    assert norm.seconds == pytest.approx(0.5)
    assert norm.formula == "inter 0.2 s + 1 x fastinter 0.1 s + 2 x timeout check 0.1 s = 0.5 s"


def test_a_refusing_server_ends_each_check_at_once() -> None:
    """Only the pauses count."""
    assert detection(config(), "web1", "refusing").formula == "inter 0.2 s + 1 x fastinter 0.1 s = 0.3 s"


def test_defaults_of_haproxy() -> None:
    """Checks every 2 s, three failures; without `timeout check` a check may last the whole interval."""
    assert detection(config("check", timeouts="connect 5s"), "web1").seconds == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("timeouts", "check_s"),
    [
        ("connect 5s,check 100ms", 0.2),
        ("connect 150ms,check 100ms", 0.15),
        ("check 100ms", 0.2),
        ("connect 50ms", 0.2),
    ],
)
def test_connecting_is_limited_by_connect_and_inter(timeouts: str, check_s: float) -> None:
    """The longer of connecting and answering counts, and connecting has min(timeout connect, inter)."""
    norm = detection(config("check inter 200ms fall 1", timeouts=timeouts), "web1")
    assert norm.seconds == pytest.approx(0.2 + check_s)


def test_spread_checks_lengthen_the_pauses() -> None:
    """They are random, so the longest counts."""
    spread = parse(
        "global\n spread-checks 50\nbackend web\n option httpchk\n server web1 a:1 check inter 1s fall 1"
    )
    assert detection(spread, "web1", "refusing").formula == "inter 1 s x 1.5 (spread-checks) = 1.5 s"


def test_without_checks_a_failure_is_never_noticed() -> None:
    """The norm is infinite and says why; the documented figure still binds."""
    norm = detection(config("weight 1"), "web1")
    assert math.isinf(norm.seconds)
    assert norm.formula == "server web/web1 has no health check, so its failure is never noticed"
    assert client_outage_norm(config("weight 1"), "web1") == norm
    documented = norm.at_most(1.0)
    assert documented.seconds == 1.0
    assert documented.formula.startswith("documented: 1 s (configured: server web/web1 has no health check")
    assert norm.at_most(None) == norm


def test_a_connection_check_does_not_notice_a_frozen_server() -> None:
    """The kernel of a frozen server still accepts."""
    plain = parse("backend web\n timeout check 1s\n server web1 a:1 check")
    assert not detection(plain, "web1", "frozen").is_finite
    assert detection(plain, "web1", "silent").is_finite
    assert detection(config(), "web1", "frozen").is_finite


def test_the_slowest_backend_counts() -> None:
    """Unless one is named."""
    two = parse(
        "backend a\n server w w:1 check inter 1s fall 1\nbackend b\n server w w:1 check inter 3s fall 1"
    )
    assert detection(two, "w", "refusing").seconds == 3.0
    assert detection(two, "w", "refusing", backend="a").seconds == 1.0
    with pytest.raises(UsageError, match="no backend 'c'"):
        detection(two, "w", backend="c")


def test_a_tracking_server_follows_another() -> None:
    """`track` takes the state from a server that is checked."""
    text = "backend a\n server w w:1 check inter 1s fall 1\nbackend b\n server v w:2 track a/w"
    assert detection(parse(text), "v", "refusing").seconds == 1.0
    assert recovery_norm(parse(text), "v").is_finite


def test_what_a_client_sees_in_addition() -> None:
    """The request under way at the detection waits for its attempt, its pause or its answer."""
    usual, killing = (
        config(),
        config("check inter 200ms fastinter 100ms fall 2 on-marked-down shutdown-sessions"),
    )
    assert client_outage_norm(usual, "web1", "silent").formula == (
        "inter 0.2 s + 1 x fastinter 0.1 s + 2 x timeout check 0.1 s"
        " + timeout connect 0.05 s (attempt under way) = 0.55 s"
    )
    assert client_outage_norm(usual, "web1", "refusing").seconds == pytest.approx(0.35)
    assert client_outage_norm(usual, "web1", "frozen").seconds == pytest.approx(10.5)
    assert client_outage_norm(killing, "web1", "frozen").seconds == pytest.approx(0.55)


def test_a_session_that_is_bound_to_the_dead() -> None:
    """With `option persist` its outage has no end."""
    norm = client_outage_norm(config(more="option persist"), "web1")
    assert not norm.is_finite
    assert "sends a session to its server even when it is down" in norm.formula


def test_the_return_of_a_server() -> None:
    """A last failing check, the pause while down, then the good checks in a row."""
    norm = recovery_norm(config("check inter 200ms downinter 1s fastinter 100ms rise 3 slowstart 2s"), "web1")
    assert norm.formula == (
        "timeout check 0.1 s + downinter 1 s + 2 x fastinter 0.1 s + slowstart 2 s = 3.3 s"
    )
    assert recovery_norm(config("weight 1"), "web1").seconds == 0.0


def test_the_503_is_prompt() -> None:
    """Nobody is tried, so not even one attempt may pass."""
    assert prompt_refusal_norm(config(), "web1").seconds == pytest.approx(0.05)
    assert not prompt_refusal_norm(config(timeouts=""), "web1").is_finite
