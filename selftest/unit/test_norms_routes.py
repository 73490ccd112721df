"""Where HAProxy leads sessions, by its configuration."""

import pytest

from conformance.norms.haproxy import Configuration, parse
from conformance.norms.routes import attempts, ends_sessions, in_service, order, redispatches, sticks
from topologies.errors import UsageError

CONFIG = """
listen acd-dbs
    default-server check port 9200 on-marked-down shutdown-sessions
    server dbm2 dbm2:3306 backup
    server dbs1 dbs1:3306
    server dbs2 dbs2:3306 backup
    server spare spare:3306 disabled
"""


def listen(more: str = "") -> Configuration:
    return parse(CONFIG + "\n".join(f"    {line}" for line in more.split(",")))


def test_backups_come_after_the_others() -> None:
    """In the order of the file otherwise; what is disabled is not in it."""
    assert order(listen(), "acd-dbs") == ["dbs1", "dbm2", "dbs2"]


def test_the_first_usable_backup_gets_the_sessions() -> None:
    """And nobody else, unless the configuration says so."""
    assert in_service(listen(), "acd-dbs", {"dbs1", "dbs2", "dbm2"}) == ["dbs1"]
    assert in_service(listen(), "acd-dbs", {"dbs2", "dbm2"}) == ["dbm2"]
    assert in_service(listen("option allbackups"), "acd-dbs", {"dbs2", "dbm2"}) == ["dbm2", "dbs2"]
    assert in_service(listen(), "acd-dbs", set()) == []


def test_servers_that_are_no_backups_share_the_sessions() -> None:
    """That is what two active masters look like."""
    config = listen("server dbm1 dbm1:3306")
    assert in_service(config, "acd-dbs", {"dbs1", "dbm1", "dbm2"}) == ["dbs1", "dbm1"]


def test_sessions_that_stick_stay_with_their_holder() -> None:
    """Until it is down; without stickiness the first one takes them back."""
    usable = {"dbs1", "dbs2"}
    sticky = listen("stick-table type ip size 1k nopurge,stick on dst")
    assert sticks(sticky, "acd-dbs")
    assert in_service(sticky, "acd-dbs", usable, holder="dbs2") == ["dbs2"]
    assert in_service(sticky, "acd-dbs", {"dbs1"}, holder="dbs2") == ["dbs1"]
    assert not sticks(listen("stick-table type ip size 1k,stick store-request dst"), "acd-dbs")
    assert in_service(listen(), "acd-dbs", usable, holder="dbs2") == ["dbs1"]


@pytest.mark.parametrize(
    ("lines", "elsewhere", "tries"),
    [
        ("", False, 4),
        ("retries 1", False, 2),
        ("retries 0", False, 1),
        ("option redispatch", True, 3),
        ("retries 2,option redispatch 1", True, 1),
        ("retries 1,option redispatch 3", True, 2),
        ("option redispatch -2", True, 2),
        ("retries 0,option redispatch", True, 1),
        ("option redispatch 0", False, 4),
        ("option redispatch,no option redispatch", False, 4),
    ],
)
def test_how_often_a_server_is_tried(lines: str, *, elsewhere: bool, tries: int) -> None:
    """Retries go to the same server until the one at which the session is led elsewhere."""
    assert redispatches(listen(lines), "acd-dbs") is elsewhere
    assert attempts(listen(lines), "acd-dbs") == tries


def test_what_becomes_of_the_sessions_of_a_dead_server() -> None:
    assert ends_sessions(listen(), "acd-dbs", "dbs1")
    assert not ends_sessions(parse("listen b\n server a a:1 check"), "b", "a")


def test_unknown_proxy_is_told() -> None:
    with pytest.raises(UsageError, match="no backend 'acd-dbr'"):
        order(listen(), "acd-dbr")
