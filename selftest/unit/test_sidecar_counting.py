"""The rules that count datagrams, what is read from them, and what remains when a node loses its power."""

import json
import subprocess
from typing import TYPE_CHECKING, cast

import pytest

from topologies.sidecar import counting
from topologies.sidecar.counting import TABLE, Counting, count_rules, counts
from topologies.sidecar.frames import TABLE as FRAMES
from topologies.sidecar.refusals import NodeGone, Refused

if TYPE_CHECKING:
    from topologies.sidecar.processes import Init

Listed = dict[str, list[dict[str, dict[str, object]]]]
NOTHING = {"sip_packets": 0, "packets": 0}


def listed(sip: int, other: int, table: str = TABLE) -> Listed:
    """Return what `nft -j list counters` prints."""
    values = {"sip": sip, "other": other}
    return {
        "nftables": [
            {"metainfo": {"version": "1.1.3"}},
            *(
                {"counter": {"family": "inet", "name": name, "table": table, "packets": packets, "bytes": 9}}
                for name, packets in values.items()
            ),
        ]
    }


class FakeInit:
    """A node's first process, which can end."""

    node, pid = "sp1", 7

    def __init__(self) -> None:
        self.is_there = True

    def must_be_alive(self) -> None:
        """Raise where it is not."""
        if not self.is_there:
            raise NodeGone("sp1 is not running")

    def close(self) -> None:
        """Let go."""


class FakeFilter:
    """The packet filter of a node, as far as it is asked."""

    def __init__(self) -> None:
        self.found: Listed = listed(0, 0)
        self.loaded: list[str] = []
        self.complaint = ""

    def __call__(self, _: int, argv: list[str], *, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Load rules, or list the counters."""
        if stdin:
            self.loaded.append(stdin)
        status = 1 if self.complaint else 0
        return subprocess.CompletedProcess(argv, status, json.dumps(self.found), self.complaint)


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> FakeFilter:
    fake = FakeFilter()
    monkeypatch.setattr(counting, "run_in_network_of", fake)
    return fake


def counting_of(init: FakeInit) -> Counting:
    return Counting(cast("Init", init))


def test_both_ways_are_counted_and_loopback_is_not() -> None:
    rules = count_rules()
    assert 'hook prerouting priority -500;\n    meta iifname != "lo" meta l4proto udp goto count' in rules
    assert 'hook postrouting priority 500;\n    meta oifname != "lo" meta l4proto udp goto count' in rules


def test_signalling_is_told_apart_and_names_and_samples_are_left_out() -> None:
    lines = [line.strip() for line in count_rules().splitlines()]
    order = [line for line in lines if line.startswith("udp ")]
    assert order == [
        "udp sport 5060 counter name sip return",
        "udp dport 5060 counter name sip return",
        "udp sport 53 return",
        "udp dport 53 return",
        "udp sport 9 return",
        "udp dport 9 return",
        "udp length >= 8 counter name other",
    ]


def test_lost_frames_are_a_table_of_another_name() -> None:
    assert TABLE != FRAMES
    assert f"table inet {FRAMES} " not in count_rules()


def test_only_counters_of_ours_count() -> None:
    both: Listed = {"nftables": listed(7, 7, "nat")["nftables"] + listed(3, 40)["nftables"]}
    assert counts(both) == {"sip_packets": 3, "packets": 40}
    assert counts(listed(7, 7, "nat")) is None


def test_what_was_counted_can_be_read_again_and_again(packets: FakeFilter) -> None:
    count = counting_of(FakeInit())
    assert count.read() == NOTHING
    packets.found = listed(2, 50)
    assert count.read() == {"sip_packets": 2, "packets": 50}


def test_what_was_read_last_remains_of_a_node_that_lost_its_power(packets: FakeFilter) -> None:
    init = FakeInit()
    count = counting_of(init)
    packets.found = listed(2, 50)
    count.read()
    packets.found = listed(9, 99)
    init.is_there = False
    assert count.read() == {"sip_packets": 2, "packets": 50}
    count.stop()
    assert len(packets.loaded) == 1


def test_a_node_without_its_table_keeps_what_was_read(packets: FakeFilter) -> None:
    count = counting_of(FakeInit())
    packets.found = listed(2, 50)
    count.read()
    packets.found = {"nftables": []}
    assert count.read() == {"sip_packets": 2, "packets": 50}


def test_a_filter_that_refuses_is_told(packets: FakeFilter) -> None:
    packets.complaint = "Error: Could not process rule: Operation not supported\nmore"
    with pytest.raises(Refused, match="nft cannot count datagrams of sp1: Error: Could not process rule"):
        counting_of(FakeInit())
