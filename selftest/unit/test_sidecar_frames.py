"""The rules that lose frames, and counting what they lost."""

import pytest

from topologies.sidecar.frames import TABLE, counted, frame_rules, port_rules, udp_rules


@pytest.mark.parametrize(("direction", "hooks"), [("in", 1), ("out", 1), ("both", 2)])
def test_each_interface_gets_the_hooks_of_the_direction(direction: str, hooks: int) -> None:
    rules = frame_rules(["eth0", "eth1"], direction, [])
    for interface in ("eth0", "eth1"):
        assert rules.count(f'device "{interface}"') == hooks


def test_what_goes_out_is_lost_without_telling_the_sender() -> None:
    rules = frame_rules(["eth0"], "out", [])
    assert 'counter fwd to "lo"' in rules
    assert "counter drop" not in rules.replace("meta mark 0x6a746570 counter drop", "")


def test_peers_are_matched_in_ip_and_in_arp() -> None:
    rules = frame_rules(["eth0"], "both", ["198.18.1.12", "198.18.1.13"])
    for match in ("ip saddr", "arp saddr ip", "ip daddr", "arp daddr ip"):
        assert f"    {match} {{ 198.18.1.12, 198.18.1.13 }} " in rules


def test_a_port_is_marked_before_address_translation() -> None:
    rules = port_rules(["eth0"], 53)
    assert "hook output priority -400;" in rules
    assert rules.count("meta l4proto { tcp, udp } th dport 53") == 2


@pytest.mark.parametrize(("direction", "lost"), [("in", (1, 0)), ("out", (0, 1)), ("both", (1, 1))])
def test_datagrams_alone_are_lost_in_the_direction(direction: str, lost: tuple[int, int]) -> None:
    rules = udp_rules(["eth0"], direction, 100)
    came = rules.count("    meta l4proto udp counter drop\n")
    went = rules.count('    meta l4proto udp meta mark set 0x6a74656c counter fwd to "lo"\n')
    assert (came, went) == lost
    assert rules.count("hook egress") + rules.count('hook ingress device "eth0"') == sum(lost)


def test_a_share_of_datagrams_is_drawn_by_lot() -> None:
    rules = udp_rules(["eth0"], "both", 30)
    assert rules.count("meta l4proto udp numgen random mod 100 < 30 ") == 2
    assert "numgen" not in udp_rules(["eth0"], "both", 100)


def test_only_counters_of_ours_count() -> None:
    def rule(table: str, packets: int) -> dict[str, dict[str, object]]:
        return {
            "rule": {"table": table, "expr": [{"counter": {"packets": packets, "bytes": 1}}, {"drop": None}]}
        }

    assert sum(counted({"nftables": [{"metainfo": {}}, rule(TABLE, 3), rule("nat", 4), rule(TABLE, 5)]})) == 8
