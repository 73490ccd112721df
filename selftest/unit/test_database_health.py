"""When a database server says that it is usable, without a database."""

import dataclasses
from pathlib import Path

import pymysql
import pytest

from topologies.images.database.rootfs.opt.jtel.jtel_health.beating import Heart
from topologies.images.database.rootfs.opt.jtel.jtel_health.settings import Settings, read_settings
from topologies.images.database.rootfs.opt.jtel.jtel_health.usable import Sample, Standing, complaint

MASTER = Settings(
    server="dbm1",
    address="198.18.2.31",
    writer=True,
    read_only=False,
    sources=("dbm2",),
    max_lag_s=2.0,
    beat_s=0.1,
    max_beat_s=1.0,
    cut_off_s=1.0,
)
SLAVE = dataclasses.replace(MASTER, server="dbs1", writer=False, read_only=True, sources=("dbm1", "dbm2"))
WELL = Sample(
    now_s=1000.0,
    read_only=True,
    receiving=2,
    applying=2,
    is_idle=True,
    heartbeats={"dbm1": 999.9, "dbm2": 999.8},
)


def slave(**changes: object) -> Sample:
    """Return what a slave sees that is well, but for *changes*."""
    return dataclasses.replace(WELL, **changes)  # type: ignore[arg-type]


def master(**changes: object) -> Sample:
    """Return what a master sees that is well, but for *changes*."""
    return dataclasses.replace(WELL, **{"read_only": False, "receiving": 1, "applying": 1, **changes})  # type: ignore[arg-type]


def said(settings: Settings, *samples: Sample, since_s: float = 990.0, own_beat_s: float = 0.1) -> str:
    """Return what is said after *samples*, of a server that is there since *since_s*."""
    standing = Standing(settings, since_s)
    for sample in samples:
        standing.saw(sample)
    return complaint(settings, samples[-1], standing, own_beat_s=own_beat_s) or "usable"


def test_who_is_well_is_usable() -> None:
    assert said(SLAVE, slave()) == "usable"
    assert said(MASTER, master()) == "usable"


@pytest.mark.parametrize(
    ("settings", "sample", "reason"),
    [
        (SLAVE, slave(read_only=False), "it is not read-only, which is wrong here"),
        (MASTER, master(read_only=True), "it is read-only, which is wrong here"),
        (SLAVE, slave(applying=1), "1 of 2 threads apply what comes from other servers"),
        (MASTER, master(applying=0), "0 of 1 threads apply what comes from other servers"),
        (MASTER, master(receiving=0), "0 of 1 threads receive from other servers"),
        (SLAVE, slave(receiving=0), "0 of 2 threads receive from other servers"),
    ],
)
def test_reason_is_told(settings: Settings, sample: Sample, reason: str) -> None:
    assert said(settings, sample) == reason


def test_a_slave_needs_one_source_that_it_receives_from() -> None:
    assert said(SLAVE, slave(receiving=1)) == "usable"


def test_a_slave_that_heard_from_nobody_is_not_usable() -> None:
    late = slave(now_s=1002.3)
    assert said(SLAVE, slave(), late) == "it heard from no master for 2.4 s"


def test_a_slave_is_usable_while_one_of_its_masters_is_dead() -> None:
    assert said(SLAVE, slave(), slave(now_s=1010.0, heartbeats={"dbm1": 999.9, "dbm2": 1009.9})) == "usable"


def test_a_master_is_usable_while_the_other_one_is_dead() -> None:
    assert said(MASTER, master(), master(now_s=1010.0)) == "usable"


def test_a_master_that_is_busy_with_old_rows_is_not_usable() -> None:
    busy = [master(now_s=1000.0 + second, is_idle=False) for second in range(4)]
    assert said(MASTER, master(), *busy) == "it has been applying for 3.0 s and is still behind"
    fresh = [dataclasses.replace(one, heartbeats={"dbm2": one.now_s - 0.1}) for one in busy]
    assert said(MASTER, master(), *fresh) == "usable"


def test_a_master_that_cannot_write_is_not_usable() -> None:
    assert said(MASTER, master(), own_beat_s=1.2) == "it could write nothing for 1.2 s"
    assert said(SLAVE, slave(), own_beat_s=1.2) == "usable"


def test_a_heartbeat_from_before_the_return_proves_nothing() -> None:
    behind = "it has not caught up since it came back"
    assert said(MASTER, master(), since_s=999.85) == behind
    assert said(MASTER, master(heartbeats={"dbm2": 999.86}), since_s=999.85) == "usable"


def test_who_has_caught_up_stays_so_when_the_other_one_dies() -> None:
    assert said(MASTER, master(), master(heartbeats={})) == "usable"


def test_a_master_needs_every_source_and_a_slave_one() -> None:
    fresh = {"dbm1": 1000.1}
    assert said(SLAVE, slave(heartbeats=fresh), since_s=1000.0) == "usable"
    both = dataclasses.replace(MASTER, sources=("dbm1", "dbm2"))
    assert said(both, master(heartbeats=fresh, receiving=2, applying=2), since_s=1000.0).startswith(
        "it has not caught up"
    )


def test_without_sources_there_is_nothing_to_catch_up() -> None:
    standing = Standing(dataclasses.replace(MASTER, sources=()), since_s=1000.0)
    standing.asked(2000.0)
    assert standing.has_caught_up


def test_who_was_not_asked_for_a_while_has_to_catch_up_anew() -> None:
    standing = Standing(MASTER, since_s=990.0)
    standing.asked(990.9)
    standing.saw(master())
    standing.asked(991.8)
    assert standing.has_caught_up
    standing.asked(1000.0)
    standing.saw(master())
    assert not standing.has_caught_up


def test_a_beat_that_fails_shows_as_silence() -> None:
    now_s, works = [0.0], [True]

    def beat() -> None:
        if not works[0]:
            raise pymysql.OperationalError(1021, "disk full")

    heart = Heart(beat, every_s=0.1, clock=lambda: now_s[0])
    now_s[0] = 5.0
    heart.once()
    assert heart.silent_s() == 0.0
    works[0], now_s[0] = False, 6.5
    heart.once()
    assert heart.silent_s() == 1.5


def test_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "health.toml"
    path.write_text(
        'server = "dbm1"\naddress = "198.18.2.31"\nwriter = true\nread_only = false\nsources = ["dbm2"]\n'
        "max_lag_s = 2.0\nbeat_s = 0.1\nmax_beat_s = 1.0\ncut_off_s = 1.0\n"
    )
    assert read_settings(path) == MASTER
