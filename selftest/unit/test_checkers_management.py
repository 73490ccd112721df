"""Statistics, control sockets and accounts are usable by those only who should."""

from typing import Any

import pytest

from conformance.checkers.check import Check
from conformance.checkers.management import ControlSocketsProtected, LoginsRefused, StatsProtected
from conformance.verdict import Verdict
from selftest.unit.lines import history, observed

STATS = StatsProtected()
SOCKETS = ControlSocketsProtected(nodes=("lb1",))
LOGINS = LoginsRefused(services=("mariadb",))
LOOKED = observed(1, "control-sockets", 1, node="lb1")


def page(status: int | None, credentials: str = "none", network: str = "user") -> dict[str, Any]:
    value = {
        "url": "http://198.18.2.11:8404/",
        "network": network,
        "credentials": credentials,
        "status": status,
        "error": None if status else "refused",
    }
    return observed(5, "http", value)


def socket(address: str, mode: str | None = None) -> dict[str, Any]:
    return observed(5, "control-socket", {"address": address, "mode": mode}, node="lb1")


def login(result: str, *, control: bool = False, service: str = "mariadb") -> dict[str, Any]:
    about = {"service": service, "account": "root", "network": "user", "tls": True}
    return observed(5, "login", {**about, "result": result, "control": control})


RIGHT = page(200, "right", "inside")
LET_IN = login("accepted", control=True)


@pytest.mark.parametrize(
    ("check", "lines"),
    [
        (STATS, [RIGHT, page(None), page(401, "wrong", "inside")]),
        (SOCKETS, [LOOKED, socket("/run/haproxy/admin.sock", "660"), socket("ipv4@127.0.0.1:9999")]),
        (SOCKETS, [LOOKED, socket("unix@/run/x", "600"), socket("[::1]:9999")]),
        (SOCKETS, [LOOKED]),
        (LOGINS, [LET_IN, login("refused"), login("unreachable")]),
        (LOGINS, [login("refused", control=True), LET_IN, login("refused")]),
    ],
)
def test_good(check: Check, lines: list[dict[str, Any]]) -> None:
    """As promised."""
    assert check.judge(history(*lines)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (STATS, [RIGHT, page(200)], "showed itself to client in the network user with no credentials"),
        (STATS, [RIGHT, page(200, "right")], "in the network user with right credentials at t=0.000 s"),
        (STATS, [RIGHT, page(200, "wrong", "inside")], "in the network inside with wrong credentials"),
        (
            SOCKETS,
            [LOOKED, socket("/run/a.sock", "666")],
            "everybody on lb1 may command HAProxy by /run/a.sock",
        ),
        (
            SOCKETS,
            [LOOKED, socket("ipv4@198.18.2.11:9999")],
            "takes commands from the network by ipv4@198.18.2.11",
        ),
        (SOCKETS, [LOOKED, socket(":9999")], "HAProxy of lb1 takes commands from the network by :9999"),
        (LOGINS, [login("accepted")], "mariadb let root in from client in the network user at t=0.000 s"),
        (LOGINS, [LET_IN, login("refused"), login("accepted")], "mariadb let root in from client"),
    ],
)
def test_bad(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """The sentence names who, what and when."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (STATS, [], "nobody tried the page without credentials; the right credentials did not open the page"),
        (
            STATS,
            [page(None)],
            "the right credentials did not open the page either, so a refusal proves nothing",
        ),
        (SOCKETS, [], "nobody looked for control sockets on lb1"),
        (ControlSocketsProtected(nodes=()), [], "no node was to be looked at"),
        (LOGINS, [], "nobody tried to log in at mariadb"),
        (LOGINS, [LET_IN], "nobody tried to log in at mariadb"),
        (LOGINS, [login("refused")], "mariadb let nobody in who has to be, so a refusal proves nothing"),
        (LOGINS, [login("refused", control=True), login("refused")], "mariadb let nobody in who has to be"),
        (LOGINS, [login("accepted", control=True, service="ssh"), login("refused")], "so a refusal proves"),
        (LoginsRefused(services=()), [], "no service was to be tried"),
    ],
)
def test_unknown(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """Without an attempt, or without the counter-proof, nothing is proven."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason
