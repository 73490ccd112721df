"""A lab gets the first slot whose networks nobody else uses."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from topologies.errors import LabError
from topologies.lab.slots import free_slots, host_routes
from topologies.loading import load

SIMPLE = load("simple")


def test_first_slot_of_an_empty_engine() -> None:
    slot, moved = next(free_slots(SIMPLE, []))
    assert (slot, moved) == (0, SIMPLE)


def test_taken_slots_are_passed_over() -> None:
    taken = [IPv4Network("198.18.2.0/24"), IPv4Network("198.18.16.0/20"), IPv4Network("192.0.2.0/24")]
    slot, moved = next(free_slots(SIMPLE, taken))
    assert slot == 2
    assert [str(network) for network in moved.networks.values()] == [
        "198.18.33.0/24",
        "198.18.34.0/24",
        "198.18.35.0/24",
    ]


def test_no_room_is_one_sentence() -> None:
    with pytest.raises(LabError, match=r"simple: none of the 32 address slots of 198\.18\.0\.0/15 is free"):
        next(free_slots(SIMPLE, [IPv4Network("198.18.0.0/15")]))


def test_routes_of_the_host(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "tun0\t000012C6\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n"
    )
    assert host_routes(table) == [IPv4Network("198.18.0.0/20")]
    assert host_routes(tmp_path / "none") == []
