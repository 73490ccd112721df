"""A keepalived.conf is read as keepalived reads it."""

import pytest

from conformance.norms.keepalived import parse
from topologies.errors import UsageError

CONFIG = """
! the pair in front
global_defs {
    vrrp_version 3  # version 2 knows whole seconds only
    router_id lb1
}
vrrp_script alive
{
    script "/usr/local/lib/jtel/haproxy-alive now"
    interval 0.1
    fall 2
    weight -60
}
vrrp_script route { script '/bin/route' }
vrrp_track_process lb { process /usr/sbin/haproxy
    delay 0.5 }
vrrp_instance front {
    interface eth0
    state BACKUP
    nopreempt
    priority 150
    virtual_router_id 51
    advert_int 0.1
    unicast_peer { 198.18.1.12 }
    virtual_ipaddress {
        198.18.1.100/24 dev eth0
        198.18.1.101
    }
    track_script {
        alive weight 20
        route
    }
    track_process { lb }
}
vrrp_instance back { version 2
    advert_int 1.4
    state MASTER
    nopreempt
    virtual_ipaddress { 198.18.2.100 }
}
"""


def test_a_virtual_router() -> None:
    """Everything that its timers depend on."""
    front = parse(CONFIG).holding("198.18.1.101")
    assert (front.name, front.version, front.router_id, front.priority) == ("front", 3, 51, 150)
    assert (front.advert_s, front.down_adverts, front.preempts) == (0.1, 3, False)
    assert front.addresses == ("198.18.1.100", "198.18.1.101")
    assert front.peers == ("198.18.1.12",)


def test_what_it_tracks() -> None:
    """A weight at the router overrides that of the script; the timeout of a script is its interval."""
    alive, route, process = parse(CONFIG).instances["front"].tracked
    assert (alive.interval_s, alive.fall, alive.weight, alive.timeout_s) == (0.1, 2, 20, 0.1)
    assert (route.interval_s, route.fall, route.weight, route.watches) == (1.0, 1, 0, "/bin/route")
    assert (process.kind, process.watches, process.interval_s) == ("process", "/usr/sbin/haproxy", 0.5)


def test_a_positive_weight_counts_while_all_is_well() -> None:
    """The script's success adds to the priority."""
    assert parse(CONFIG).instances["front"].effective_priority == 170


def test_what_notices_the_end_of_a_program() -> None:
    """What names the program; otherwise every script may be the one."""
    front = parse(CONFIG).instances["front"]
    assert [tracked.name for tracked in front.watching("haproxy")] == ["alive", "lb"]
    assert [tracked.name for tracked in front.watching("nginx")] == ["alive", "route"]


def test_defaults() -> None:
    """Version 2, one second, priority 100; and nopreempt is void where it starts as MASTER."""
    back = parse(CONFIG).instances["back"]
    assert (back.version, back.priority, back.preempts) == (2, 100, True)
    assert parse("vrrp_instance x {\n}").instances["x"].version == 2
    assert parse("vrrp_instance x {\n}").instances["x"].advert_s == 1.0


@pytest.mark.parametrize(
    ("version", "configured", "on_the_wire"),
    [
        (2, "0.1", 1.0),
        (2, "1.4", 1.0),
        (2, "1.5", 2.0),
        (3, "0.123", 0.12),
        (3, "0.001", 0.01),
        (3, "1", 1.0),
    ],
)
def test_intervals_are_rounded_as_keepalived_rounds_them(
    version: int, configured: str, on_the_wire: float
) -> None:
    """Version 2 to whole seconds, version 3 to hundredths, and never to none."""
    text = f"vrrp_instance x {{\n version {version}\n advert_int {configured}\n}}"
    assert parse(text).instances["x"].advert_s == pytest.approx(on_the_wire)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vrrp_instance x {", "line 1: the brace that opens here is not closed"),
        ("a\n}", "line 2: this brace closes nothing"),
        ("{\n}", "line 1: a brace opens without a name"),
        ("vrrp_instance x {\n priority high\n}", "line 2: priority 'high' is not a number"),
        ("vrrp_instance x {\n priority\n}", "line 2: priority has no value"),
        (
            "vrrp_instance x {\n track_script {\n a\n}\n}",
            "line 3: vrrp_script 'a' is tracked, but not defined",
        ),
        ("vrrp_instance x {\n version 4\n}", "VRRP has the versions 2 and 3, not 4"),
        ("vrrp_instance {\n}", "a vrrp_instance without a name"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, told: str) -> None:
    """One sentence with the line."""
    with pytest.raises(UsageError, match=told):
        _ = parse(text).instances


def test_an_address_that_nobody_holds() -> None:
    """The sentence lists those that there are."""
    with pytest.raises(
        UsageError, match=r"no vrrp_instance has the virtual address 198.18.9.9; there are \["
    ):
        parse(CONFIG).holding("198.18.9.9")
