"""A my.cnf and a health.toml are read as MariaDB and its health program read them."""

import pytest

from conformance.norms import health
from conformance.norms.mariadb import parse
from topologies.errors import UsageError

CONFIG = """
# nothing yet
[client]
read_only = ON
[mysqld]
sync_binlog = 0
read-only
[mariadbd]  # the name since 10.5
  sync-binlog   =   1   # every transaction
; another comment
report_host = "a # b"
rpl_semi_sync_master_enabled = 1
rpl_semi_sync_master_timeout = 500
auto_increment_increment = 2
auto-increment-offset = 2
loose_gtid_strict_mode = TRUE
slave_net_timeout = 2
replicate_ignore_table = jtel.sessions
replicate-wild-ignore-table = 'jtel.c%'
max_binlog_size = 8M
[mariadb-11.8]
log_bin = dbm1-bin
[mysqld_safe]
sync_binlog = 100
!includedir /etc/mysql/conf.d
"""
RULES = "writer = true\nmax_lag_s = 2\nbeat_s = 0.1\nmax_beat_s = 1.0\ncut_off_s = 1.0\n"


def test_what_replication_depends_on() -> None:
    found = parse(CONFIG)
    assert found.read_only
    assert found.sync_binlog == 1
    assert found.waits_for_replica
    assert found.acknowledgement_s == 0.5
    assert found.auto_increment == (2, 2)
    assert found.gtid_strict
    assert found.silent_source_s == 2.0
    assert found.left_out == ("jtel.sessions", "jtel.c%")
    assert found.values("report_host") == ("a # b",)
    assert found.values("log_bin") == ("dbm1-bin",)
    assert found.number("max_binlog_size", 0) == 8 << 20


def test_defaults() -> None:
    """Those of MariaDB 11.8: nothing is durable or waited for unless it is said."""
    found = parse("[mariadbd]\n")
    assert not found.read_only
    assert not found.waits_for_replica
    assert not found.gtid_strict
    assert found.acknowledgement_s == 10.0
    assert found.auto_increment == (1, 1)
    assert (found.sync_binlog, found.silent_source_s, found.left_out) == (0, 60.0, ())


@pytest.mark.parametrize(
    ("lines", "is_on"),
    [
        ("read_only", True),
        ("read_only = off", False),
        ("read_only = maybe", False),
        ("read_only\nskip-read-only", False),
        ("disable_read_only\nread_only = 1", True),
        ("enable-read-only", True),
        ("innodb_read_only = ON", False),
    ],
)
def test_the_last_word_counts(lines: str, *, is_on: bool) -> None:
    """A prefix switches, a word that is no truth value switches off, another setting is another one."""
    assert parse(f"[mysqld]\n{lines}\n").read_only is is_on


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(UsageError, match=r"my.cnf line 2: 'port = 1' stands before the first \[group\]"):
        parse("\nport = 1")
    with pytest.raises(UsageError, match="sync_binlog = 'often' is not a number"):
        _ = parse("[mariadbd]\nsync_binlog = often").sync_binlog


def test_the_rules_of_a_server() -> None:
    """A number may be whole, and what does not matter here is left alone."""
    found = health.parse(RULES + 'sources = ["dbm2"]\naddress = "198.18.2.31"\n')
    assert (found.writer, found.sources) == (True, ("dbm2",))
    assert (found.max_lag_s, found.beat_s, found.max_beat_s, found.cut_off_s) == (2.0, 0.1, 1.0, 1.0)
    assert health.parse(RULES).sources == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULES.replace("beat_s = 0.1\n", "", 1), "health.toml: beat_s: Field required"),
        (RULES.replace("true", '"yes"'), "health.toml: writer: Input should be a valid boolean"),
        ("writer = ", "health.toml: Invalid value"),
    ],
)
def test_rules_that_cannot_be_read_are_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        health.parse(text)
