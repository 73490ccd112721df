"""One owner at a time: on the interfaces, and on the wire where an interface says too little."""

from typing import Any

import pytest

from conformance.checkers.ownership import OneMacAnswers, OneOwner
from conformance.verdict import Verdict
from selftest.unit.lines import at, end, fault, healed, history, observed

VIP = "198.18.1.100"
MACS = {"lb1": "02:00:00:00:00:01", "lb2": "02:00:00:00:00:02"}
OWNER = OneOwner(address=VIP, candidates=("lb1", "lb2"), election_s=0.2, formula="advert_int", macs=MACS)


def address(ms: float, node: str, state: str) -> dict[str, Any]:
    return at(ms, "address", node=node, address=VIP, state=state)


def announced(ms: float, node: str) -> dict[str, Any]:
    return at(ms, "arp", op="request", sender_mac=MACS[node], sender_ip=VIP, target_ip=VIP, gratuitous=True)


def owners(ms: float, *nodes: str) -> dict[str, Any]:
    return observed(ms, "owners", {"address": VIP, "owners": list(nodes)})


def test_nobody_looked() -> None:
    """Without a look nothing is known; lines about another address do not count."""
    assert OWNER.judge(history()).verdict is Verdict.UNKNOWN
    other = at(1, "address", node="lb1", address="198.18.1.9", state="present")
    assert OWNER.judge(history(other)).reason == f"nobody looked who owns {VIP}"


def test_an_orderly_takeover() -> None:
    """One gives up, then the other takes."""
    result = OWNER.judge(
        history(address(0, "lb1", "present"), address(50, "lb1", "removed"), address(90, "lb2", "added"))
    )
    assert result.verdict is Verdict.HOLDS
    assert result.reason == f"{VIP} was owned by lb1 then lb2, never by two at once (3 changes)"


def test_two_owners() -> None:
    """Both nodes, since when and for how long."""
    result = OWNER.judge(history(address(0, "lb1", "present"), address(50, "lb2", "added"), end(150)))
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == f"lb1 and lb2 both owned {VIP} from t=0.050 s for 0.100 s"


def test_a_node_without_power_owns_nothing() -> None:
    """Even if nobody was left to say that the address vanished, until it is switched on again."""
    lines = [address(0, "lb1", "present"), fault(10, "power loss", "lb1"), address(300, "lb2", "added")]
    assert OWNER.judge(history(*lines, end(900))).verdict is Verdict.HOLDS
    back = [healed(1000, "power loss", "lb1"), address(1300, "lb1", "added"), end(1400)]
    assert OWNER.judge(history(*lines, *back)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("name", ["freeze", "isolation", "cut cable"])
def test_a_node_that_is_not_heard_is_no_owner(name: str) -> None:
    """It has the address on its interface, and a moment to give it up once it is heard."""
    lines = [
        address(0, "lb1", "present"),
        fault(10, name, "lb1"),
        address(300, "lb2", "added"),
        announced(301, "lb2"),
        healed(1000, name, "lb1"),
    ]
    agreed = history(*lines, address(1150, "lb2", "removed"), end(1500))
    assert OWNER.judge(agreed).verdict is Verdict.HOLDS
    undecided = OWNER.judge(history(*lines, end(1500)))
    assert undecided.verdict is Verdict.VIOLATED
    assert "from t=1.210 s" in undecided.reason


def test_a_node_that_should_not_be_heard_but_is() -> None:
    """The wire decides: it announces the address that the other one owns."""
    result = OWNER.judge(
        history(
            address(0, "lb1", "present"),
            fault(10, "freeze", "lb1"),
            address(300, "lb2", "added"),
            announced(400, "lb1"),
        )
    )
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == f"lb1, which was cut off, announced {VIP} at t=0.400 s while lb2 owned it"


def test_a_fault_that_did_not_take_hold_excuses_nothing() -> None:
    """Both are owners then."""
    lines = [
        address(0, "lb1", "present"),
        fault(10, "isolation", "lb1", took_hold=False),
        address(300, "lb2", "added"),
        end(400),
    ]
    assert OWNER.judge(history(*lines)).verdict is Verdict.VIOLATED


def test_a_stopped_node_gives_up_in_its_own_time() -> None:
    """While it stops it still counts; afterwards it does not."""
    stop = fault(10, "stop", "lb1", lasts_ms=100)
    late = history(address(0, "lb1", "present"), stop, address(60, "lb2", "added"), end(400))
    assert OWNER.judge(late).reason.endswith("from t=0.060 s for 0.050 s")
    after = history(address(0, "lb1", "present"), stop, address(120, "lb2", "added"), end(400))
    assert OWNER.judge(after).verdict is Verdict.HOLDS


def test_samples() -> None:
    """One owner in each, none only after a fault."""
    assert OWNER.judge(history(owners(0, "lb1"), owners(10, "lb1"))).verdict is Verdict.HOLDS
    assert OWNER.judge(history(owners(0, "lb1", "lb2"))).verdict is Verdict.VIOLATED
    nobody = OWNER.judge(history(owners(0)))
    assert nobody.reason == f"nobody owned {VIP} at t=0.000 s, before any fault"
    assert OWNER.judge(history(fault(0, "stop", "lb1"), owners(50))).verdict is Verdict.HOLDS


MAC = OneMacAnswers(address=VIP, samples=2)


def answers(ms: float, *macs: str) -> dict[str, Any]:
    return observed(ms, "arp-answers", {"address": VIP, "macs": list(macs)})


def test_one_mac_answers() -> None:
    """Always the same one."""
    result = MAC.judge(history(answers(0, "02:01"), answers(1, "02:01")))
    assert result.verdict is Verdict.HOLDS
    assert result.reason == f"{VIP} was answered 2 times, always by 02:01"


def test_two_macs_answer() -> None:
    """At once, or in turn without any fault."""
    at_once = MAC.judge(history(answers(0, "02:01"), answers(5, "02:01", "02:02")))
    assert at_once.verdict is Verdict.VIOLATED
    assert at_once.reason == f"02:01 and 02:02 answered client for {VIP} at t=0.005 s"
    in_turn = [answers(0, "02:01"), answers(5, "02:02")]
    assert MAC.judge(history(*in_turn)).verdict is Verdict.VIOLATED
    assert MAC.judge(history(*in_turn, fault(2, "stop", "lb1"))).verdict is Verdict.HOLDS


def test_too_few_answers() -> None:
    """No question is UNKNOWN, and one answer too; many questions without an answer are a violation."""
    assert MAC.judge(history()).verdict is Verdict.UNKNOWN
    assert MAC.judge(history(answers(0, "02:01"))).verdict is Verdict.UNKNOWN
    assert MAC.judge(history(answers(0), answers(1))).reason == f"nobody answered for {VIP}, asked 2 times"
