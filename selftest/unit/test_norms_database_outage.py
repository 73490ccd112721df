"""How long sessions of a database alias may be without service, by what balancer and servers are told."""

import pytest

from conformance.norms import health, mariadb
from conformance.norms.database_outage import Database, Failure, database_outage_norm, write_wait_norm
from conformance.norms.haproxy import Configuration, parse
from topologies.errors import UsageError

CONFIG = """
defaults databases
    mode tcp
    option httpchk
    timeout connect 100ms
    timeout check 150ms
    timeout client 1h
    timeout server 1h

listen acd-dbm
    bind 198.18.2.11:3306
    http-check send meth GET uri /writer ver HTTP/1.1 hdr Host health
    http-check expect status 200
    retries 1
    stick-table type ip size 1k nopurge
    stick on dst
    default-server check port 9200 inter 200ms fastinter 100ms fall 2 rise 2 on-marked-down shutdown-sessions
    server dbm1 dbm1:3306
    server dbm2 dbm2:3306 backup

backend readers
    default-server check port 9200 inter 200ms fastinter 100ms fall 2 rise 2
    server dbs1 dbs1:3306
    server dbs2 dbs2:3306

listen acd-dbs
    retries 2
    option redispatch 1
    default-server on-marked-down shutdown-sessions
    server dbs1 dbs1:3306 track readers/dbs1
    server dbs2 dbs2:3306 track readers/dbs2 backup
"""
CHECKS = "inter 0.2 s + 1 x fastinter 0.1 s + 2 x timeout check 0.15 s"
NEXT = "timeout connect 0.1 s (next attempt)"


def database(*, writer: bool, settings: str = "") -> Database:
    rules = {"writer": writer, "max_lag_s": 2.0, "beat_s": 0.1, "max_beat_s": 1.0, "cut_off_s": 1.0}
    return Database(mariadb.parse(f"[mariadbd]\n{settings}\n"), health.Health.model_validate(rules))


DATABASES = {
    "dbm1": database(writer=True),
    "dbm2": database(writer=True),
    "dbs1": database(writer=False),
    "dbs2": database(writer=False),
}
SEMI_SYNCHRONOUS = "rpl_semi_sync_master_enabled = ON\nrpl_semi_sync_master_timeout = 500"


def without_ending_sessions() -> Configuration:
    return parse(CONFIG.replace(" on-marked-down shutdown-sessions", " weight 1"))


@pytest.mark.parametrize("failure", ["silent", "frozen", "refusing"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_master_that_is_gone(failure: Failure, *, kept: bool) -> None:
    """Its health program does not answer, or says no; a check may last as long as that is waited for."""
    norm = database_outage_norm(parse(CONFIG), "acd-dbm", "dbm1", failure, DATABASES, kept=kept)
    assert norm.seconds == pytest.approx(0.7)
    assert norm.formula == f"{CHECKS} + {NEXT} = 0.7 s"


def test_a_server_that_tracks_another_is_noticed_there() -> None:
    norm = database_outage_norm(parse(CONFIG), "acd-dbs", "dbs1", "frozen", DATABASES)
    assert norm.formula == f"{CHECKS} + {NEXT} = 0.7 s"


@pytest.mark.parametrize(
    ("alias", "server", "failure", "formula"),
    [
        ("acd-dbs", "dbs1", "lagging", f"max_lag_s 2 s + {CHECKS} + {NEXT} = 2.7 s"),
        ("acd-dbs", "dbs1", "not-applying", f"{CHECKS} + {NEXT} = 0.7 s"),
        ("acd-dbs", "dbs1", "not-writing", f"max_lag_s 2 s + {CHECKS} + {NEXT} = 2.7 s"),
        ("acd-dbm", "dbm1", "not-writing", f"max_beat_s 1 s + {CHECKS} + {NEXT} = 1.7 s"),
    ],
)
def test_a_server_that_lives_and_is_not_usable(
    alias: str, server: str, failure: Failure, formula: str
) -> None:
    """What its health program tolerates comes first."""
    assert database_outage_norm(parse(CONFIG), alias, server, failure, DATABASES).formula == formula


def test_a_semi_synchronous_survivor_waits_for_the_dead() -> None:
    """But only for writes, and only where the other one cannot acknowledge them."""
    waiting = {**DATABASES, "dbm2": database(writer=True, settings=SEMI_SYNCHRONOUS)}
    norm = database_outage_norm(parse(CONFIG), "acd-dbm", "dbm1", "silent", waiting)
    assert norm.formula == f"{CHECKS} + {NEXT} + rpl_semi_sync_master_timeout 0.5 s = 1.2 s"
    for failure in ("lagging", "not-applying"):
        assert (
            "semi_sync"
            not in database_outage_norm(parse(CONFIG), "acd-dbm", "dbm1", failure, waiting).formula
        )
    reading = parse(CONFIG.replace("listen acd-dbs", "listen acd-dbx").replace("acd-dbm", "acd-dbs"))
    assert database_outage_norm(reading, "acd-dbs", "dbm1", "silent", waiting).seconds == pytest.approx(0.7)


def test_the_loss_of_the_standby_delays_writes_where_it_acknowledges_them() -> None:
    assert write_wait_norm(database(writer=True)).seconds == 0.0
    waiting = write_wait_norm(database(writer=True, settings="rpl_semi_sync_master_enabled"))
    assert waiting.formula == "rpl_semi_sync_master_timeout 10 s = 10 s"


@pytest.mark.parametrize("failure", ["silent", "frozen", "not-applying"])
def test_a_kept_session_stays_with_the_dead_where_nobody_ends_it(failure: Failure) -> None:
    norm = database_outage_norm(without_ending_sessions(), "acd-dbm", "dbm1", failure, DATABASES)
    assert not norm.is_finite
    assert "has no on-marked-down shutdown-sessions" in norm.formula


def test_new_sessions_wait_for_the_attempts_under_way() -> None:
    """Where they are not ended: each try has its timeout, and after a refusal its pause."""
    config = without_ending_sessions()
    silent = database_outage_norm(config, "acd-dbm", "dbm1", "silent", DATABASES, kept=False)
    assert silent.formula == f"{CHECKS} + 2 x timeout connect 0.1 s (attempts under way) = 0.8 s"
    refusing = database_outage_norm(config, "acd-dbm", "dbm1", "refusing", DATABASES)
    assert refusing.formula == f"{CHECKS} + 1 x pause before the next attempt 0.1 s = 0.7 s"
    frozen = database_outage_norm(config, "acd-dbm", "dbm1", "frozen", DATABASES, kept=False)
    assert frozen.formula == f"{CHECKS} + {NEXT} = 0.7 s"


def test_a_database_that_is_checked_itself_refuses_at_once() -> None:
    """There is no other program whose answer could take its time."""
    config = parse(CONFIG.replace(" port 9200", ""))
    norm = database_outage_norm(config, "acd-dbm", "dbm1", "refusing", DATABASES)
    assert norm.formula == f"inter 0.2 s + 1 x fastinter 0.1 s + {NEXT} = 0.4 s"


@pytest.mark.parametrize("failure", ["refusing", "lagging", "not-applying", "not-writing"])
def test_who_is_not_asked_whether_he_is_usable_keeps_his_sessions(failure: Failure) -> None:
    """A connection to the port of the health program says nothing about the database."""
    config = parse(CONFIG.replace("    option httpchk\n", ""))
    norm = database_outage_norm(config, "acd-dbm", "dbm1", failure, DATABASES)
    assert not norm.is_finite
    assert "checked without a question" in norm.formula
    unchecked = parse(CONFIG.replace("default-server check", "default-server no-check"))
    assert (
        "has no health check"
        in database_outage_norm(unchecked, "acd-dbm", "dbm1", failure, DATABASES).formula
    )


def test_without_anybody_left_there_is_no_service() -> None:
    norm = database_outage_norm(parse(CONFIG), "acd-dbs", "dbs1", "silent", DATABASES, lost=["dbs2"])
    assert not norm.is_finite
    assert norm.formula == "acd-dbs has no other server left that could take over from dbs1"
    alone = parse(CONFIG.replace("    server dbm2 dbm2:3306 backup\n", ""))
    assert not database_outage_norm(alone, "acd-dbm", "dbm1", "silent", DATABASES).is_finite


def test_an_attempt_without_a_timeout_may_last_for_ever() -> None:
    config = parse(CONFIG.replace("    timeout connect 100ms\n", ""))
    norm = database_outage_norm(config, "acd-dbm", "dbm1", "silent", DATABASES)
    assert norm.formula == "acd-dbm has no timeout connect, so an attempt may last for ever"


def test_unknown_alias_is_told() -> None:
    with pytest.raises(UsageError, match="no backend 'acd-dbr'"):
        database_outage_norm(parse(CONFIG), "acd-dbr", "dbs1", "silent", DATABASES)
