"""A takeover is three facts, and the aliases come along."""

from typing import Any

import pytest

from conformance.checkers.takeover import AliasesTogether, TakeoverFacts
from conformance.verdict import Verdict
from selftest.unit.lines import at, end, fault, healed, history, observed

VIP = "198.18.1.100"
MACS = {"lb1": "02:00:00:00:00:01", "lb2": "02:00:00:00:00:02"}
FACTS = TakeoverFacts(
    fault="power loss", address=VIP, standbys=("lb2",), macs=MACS, norm_s=0.45, formula="3 x advert_int"
)
LOSS = fault(100, "power loss", "lb1")


def moved(ms: float = 400, node: str = "lb2") -> dict[str, Any]:
    return at(ms, "address", node=node, address=VIP, state="added")


def announced(ms: float = 401, mac: str = MACS["lb2"], *, gratuitous: bool = True) -> dict[str, Any]:
    target = VIP if gratuitous else "198.18.1.10"
    return at(ms, "arp", op="request", sender_mac=mac, sender_ip=VIP, target_ip=target, gratuitous=gratuitous)


def learned(ms: float = 402, mac: str = MACS["lb2"]) -> dict[str, Any]:
    return at(ms, "neighbour", node="client", address=VIP, mac=mac, state="stale")


BEFORE = [moved(0, "lb1"), announced(1, MACS["lb1"]), learned(2, MACS["lb1"])]


def test_three_facts_within_the_norm() -> None:
    """Each with its time after the fault; the slowest is the measurement."""
    result = FACTS.judge(history(*BEFORE, LOSS, moved(), announced(), learned(), end(2000)))
    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        f"{VIP} after power loss of lb1: owner moved to lb2 at 0.300 s, gratuitous ARP seen at 0.301 s, "
        "client's neighbour entry changed at 0.302 s"
    )
    assert (result.measured, result.norm, result.unit) == (0.302, 0.45, "s")


@pytest.mark.parametrize(
    ("present", "told"),
    [
        ([announced(), learned()], "owner moved to lb2 never"),
        ([moved(), learned()], "gratuitous ARP seen never"),
        ([moved(), announced()], "client's neighbour entry changed never"),
        ([moved(), announced(mac=MACS["lb1"]), learned()], "gratuitous ARP seen never"),
        ([moved(), announced(gratuitous=False), learned()], "gratuitous ARP seen never"),
        ([moved(), announced(), learned(mac=MACS["lb1"])], "client's neighbour entry changed never"),
        ([moved(node="lb1"), announced(), learned()], "owner moved to lb2 never"),
    ],
)
def test_every_fact_is_needed(present: list[dict[str, Any]], told: str) -> None:
    """One that is missing, or is another node's, violates."""
    result = FACTS.judge(history(*BEFORE, LOSS, *present, end(2000)))
    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


def test_a_late_fact_violates() -> None:
    """Unless the measuring host stalled for as long as it is late."""
    lines = [*BEFORE, LOSS, moved(), announced(), learned(700), end(2000)]
    late = FACTS.judge(history(*lines))
    assert late.verdict is Verdict.VIOLATED
    assert late.reason.endswith("at 0.600 s; allowed 0.45 s")
    stalled = FACTS.judge(history(*lines, at(690, "stall", core=0, late_ms=200)))
    assert stalled.verdict is Verdict.UNKNOWN
    assert "the measuring host stalled for 0.2 s" in stalled.reason


def test_what_nobody_watched_is_unknown() -> None:
    """No lines of a kind, and nobody says that it was watched; or watched for too short a time."""
    blind = history(moved(0, "lb1"), LOSS, moved(), end(2000))
    assert FACTS.judge(blind).reason.endswith("nobody watched for arp and neighbour lines")
    told = observed(0, "watch", {"kinds": ["address", "arp", "neighbour"]})
    assert FACTS.judge(history(told, LOSS, moved(), end(2000))).verdict is Verdict.VIOLATED
    short = FACTS.judge(history(*BEFORE, LOSS, moved(), end(500)))
    assert short.verdict is Verdict.UNKNOWN
    assert short.reason.endswith("watched for 0.400 s only")


def test_without_a_fault_nothing_follows() -> None:
    """Neither without any, nor from one that did not take hold."""
    assert FACTS.judge(history()).verdict is Verdict.UNKNOWN
    vain = fault(100, "power loss", "lb1", took_hold=False)
    assert FACTS.judge(history(*BEFORE, vain, moved(), announced(), learned())).verdict is Verdict.UNKNOWN


def test_facts_after_the_healing_do_not_count() -> None:
    """The takeover has to happen while the node is gone."""
    result = FACTS.judge(
        history(*BEFORE, LOSS, healed(700, "power loss", "lb1"), moved(800), announced(801), learned(802))
    )
    assert result.verdict is Verdict.VIOLATED


TOGETHER = AliasesTogether(aliases=("acd-lb", "acd-store"), failed="lb1")


def served(ms: float, alias: str, provider: str | None) -> dict[str, Any]:
    return observed(ms, "served-by", {"alias": alias, "provider": provider})


def test_aliases_move_together() -> None:
    """All of them to one node, which is not the failed one."""
    result = TOGETHER.judge(history(LOSS, served(600, "acd-lb", "lb2"), served(601, "acd-store", "lb2")))
    assert result.verdict is Verdict.HOLDS
    assert result.reason == "acd-lb, acd-store after power loss of lb1: all served by lb2"


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("lb3", "acd-lb is served by lb2, acd-store is served by lb3"),
        (None, "nobody serves acd-store after power loss of lb1"),
        ("lb1", "acd-store is served by lb1, which failed"),
    ],
)
def test_an_alias_that_stays_behind(store: str | None, told: str) -> None:
    """At another node, at nobody, or at the failed one."""
    result = TOGETHER.judge(history(LOSS, served(600, "acd-lb", "lb2"), served(601, "acd-store", store)))
    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


def test_an_alias_that_nobody_asked_for() -> None:
    """Before the fault does not count."""
    assert TOGETHER.judge(history()).verdict is Verdict.UNKNOWN
    early = history(served(50, "acd-store", "lb1"), LOSS, served(600, "acd-lb", "lb2"))
    assert TOGETHER.judge(early).reason == "nobody asked who serves acd-store after power loss of lb1"
