"""Aliases: from where they are known, where they lead, who answers behind them."""

from typing import Any

import pytest

from conformance.checkers.aliases import AliasLeadsTo, AliasResolvesFrom, AliasServedBy
from conformance.checkers.check import Check
from conformance.verdict import Verdict
from selftest.unit.lines import history, observed

INSIDE = AliasResolvesFrom(expected={"web1": ("acd-dbm", "acd-lb")})
LEADS = AliasLeadsTo(expected={"web1": {"acd-dbm": "198.18.2.31"}})
SERVED = AliasServedBy(expected={"acd-lb": ("lb1", "lb2")})


def resolved(alias: str, source: str = "hosts", address: str | None = "198.18.2.31") -> dict[str, Any]:
    value = {"alias": alias, "source": source, "address": address}
    return observed(5, "resolve", value, node="web1")


def served(provider: str | None) -> dict[str, Any]:
    return observed(5, "served-by", {"alias": "acd-lb", "provider": provider})


@pytest.mark.parametrize(
    ("check", "lines"),
    [
        (INSIDE, [resolved("acd-dbm"), resolved("acd-lb")]),
        (LEADS, [resolved("acd-dbm")]),
        (SERVED, [served("lb2")]),
    ],
)
def test_good(check: Check, lines: list[dict[str, Any]]) -> None:
    """As documented."""
    assert check.judge(history(*lines)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (INSIDE, [resolved("acd-dbm", "dns")], "web1 knew acd-dbm from dns alone at t=0.000 s"),
        (INSIDE, [resolved("acd-dbm", "none", None)], "web1 could not resolve acd-dbm at t=0.000 s"),
        (
            LEADS,
            [resolved("acd-dbm", address="198.18.2.32")],
            "on web1 acd-dbm led to 198.18.2.32 at t=0.000 s",
        ),
        (LEADS, [resolved("acd-dbm", "none", None)], "on web1 acd-dbm led nowhere"),
        (
            SERVED,
            [served("web1")],
            "acd-lb was served by web1 for client at t=0.000 s, documented is lb1 or lb2",
        ),
        (SERVED, [served(None)], "acd-lb was served by nobody"),
    ],
)
def test_bad(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """The sentence names node, alias and time."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


@pytest.mark.parametrize(
    ("check", "lines", "told"),
    [
        (INSIDE, [], "web1 was not asked for acd-dbm; web1 was not asked for acd-lb"),
        (INSIDE, [resolved("acd-dbm"), resolved("other", "dns")], "web1 was not asked for acd-lb"),
        (LEADS, [], "web1 was not asked for acd-dbm"),
        (SERVED, [], "nobody asked who serves acd-lb"),
        (AliasResolvesFrom(expected={}), [], "no node and no alias was expected"),
        (AliasLeadsTo(expected={}), [], "no alias was expected"),
        (AliasServedBy(expected={}), [], "no alias was expected"),
    ],
)
def test_unknown(check: Check, lines: list[dict[str, Any]], told: str) -> None:
    """What was not asked is not proven."""
    result = check.judge(history(*lines))
    assert result.verdict is Verdict.UNKNOWN
    assert result.reason == told
