"""When a database server says that it is usable, without a database."""

import dataclasses
from pathlib import Path

import pymysql
import pytest

from topologies.images.database.rootfs.opt.jtel.jtel_health.beating import Heart
from topologies.images.database.rootfs.opt.jtel.jtel_health.settings import Settings, read_settings
from topologies.images.database.rootfs.opt.jtel.jtel_health.usable import (
    Connection,
    Sample,
    Standing,
    complaint,
)

MASTER = Settings("dbm1", "198.18.2.31", True, ("dbm2",), 2.0, 0.1, 1.0, 1.0)  # noqa: FBT003
SLAVE = dataclasses.replace(MASTER, server="dbs1", writer=False, sources=("dbm1", "dbm2"))
RUNS = Connection("dbm1", receives=True, applies=True, behind_s=0)


def slave(**changes: object) -> Sample:
    """Return what a slave sees that is well, but for *changes*."""
    other = dataclasses.replace(RUNS, source="dbm2")
    well = Sample(1000.0, True, (RUNS, other), {"dbm1": 999.9, "dbm2": 999.8})  # noqa: FBT003
    return dataclasses.replace(well, **changes)  # type: ignore[arg-type]


def master(**changes: object) -> Sample:
    """Return what a master sees that is well, but for *changes*."""
    peer = dataclasses.replace(RUNS, source="dbm2")
    well = Sample(1000.0, False, (peer,), {"dbm1": 999.9, "dbm2": 999.9})  # noqa: FBT003
    return dataclasses.replace(well, **changes)  # type: ignore[arg-type]


def said(settings: Settings, sample: Sample, *, caught_up: bool = True, own_beat_s: float = 0.1) -> str:
    return complaint(settings, sample, caught_up=caught_up, own_beat_s=own_beat_s) or "usable"


def test_who_is_well_is_usable() -> None:
    assert said(SLAVE, slave()) == "usable"
    assert said(MASTER, master()) == "usable"


@pytest.mark.parametrize(
    ("settings", "sample", "reason"),
    [
        (SLAVE, slave(read_only=False), "it is not read-only, which is wrong here"),
        (MASTER, master(read_only=True), "it is read-only, which is wrong here"),
        (SLAVE, slave(connections=(RUNS,)), "it does not replicate from every source"),
        (
            SLAVE,
            slave(connections=(dataclasses.replace(RUNS, applies=False, error="1062"), RUNS)),
            "it does not apply what comes from dbm1: 1062",
        ),
        (
            SLAVE,
            slave(connections=(dataclasses.replace(RUNS, behind_s=3), RUNS)),
            "it is 3 s behind dbm1",
        ),
        (SLAVE, slave(heartbeats={"dbm1": 990.0, "dbm2": 997.5}), "it heard from no master for 2.5 s"),
    ],
)
def test_reason_is_told(settings: Settings, sample: Sample, reason: str) -> None:
    assert said(settings, sample) == reason


def test_a_slave_is_usable_while_one_of_its_masters_is_dead() -> None:
    dead = dataclasses.replace(RUNS, receives=False, behind_s=None)
    sample = slave(connections=(dead, dataclasses.replace(RUNS, source="dbm2")), heartbeats={"dbm2": 999.9})
    assert said(SLAVE, sample) == "usable"


def test_a_master_is_usable_while_the_other_one_is_dead() -> None:
    dead = dataclasses.replace(RUNS, source="dbm2", receives=False, behind_s=None)
    assert said(MASTER, master(connections=(dead,), heartbeats={})) == "usable"


def test_a_master_that_cannot_write_is_not_usable() -> None:
    assert said(MASTER, master(), own_beat_s=1.2) == "it could write nothing for 1.2 s"
    assert said(SLAVE, slave(), own_beat_s=1.2) == "usable"


def test_who_came_back_has_to_catch_up_first() -> None:
    assert said(MASTER, master(), caught_up=False) == "it has not caught up since it came back"


def test_a_heartbeat_from_before_the_return_proves_nothing() -> None:
    standing = Standing(MASTER, since_s=999.95)
    assert not standing.has_caught_up(master())
    assert standing.has_caught_up(master(heartbeats={"dbm2": 999.96}))
    assert standing.has_caught_up(master(heartbeats={}))  # once caught up, the other one may die


def test_a_master_needs_every_source_and_a_slave_one() -> None:
    fresh = {"dbm1": 1000.1}
    assert Standing(SLAVE, since_s=1000.0).has_caught_up(slave(heartbeats=fresh))
    three = dataclasses.replace(MASTER, sources=("dbm1", "dbm2"))
    assert not Standing(three, since_s=1000.0).has_caught_up(slave(heartbeats=fresh))


def test_a_source_that_is_not_connected_does_not_count() -> None:
    away = dataclasses.replace(RUNS, source="dbm2", receives=False)
    standing = Standing(MASTER, since_s=999.0)
    assert not standing.has_caught_up(master(connections=(away,)))


def test_without_sources_there_is_nothing_to_catch_up() -> None:
    alone = dataclasses.replace(MASTER, sources=())
    standing = Standing(alone, since_s=1000.0)
    standing.asked(2000.0)
    assert standing.has_caught_up(master(connections=()))


def test_who_was_not_asked_for_a_while_has_to_catch_up_anew() -> None:
    standing = Standing(MASTER, since_s=990.0)
    standing.asked(990.9)
    assert standing.has_caught_up(master())
    standing.asked(991.8)
    assert standing.has_caught_up(master())
    standing.asked(1000.0)
    assert not standing.has_caught_up(master())


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
        'server = "dbm1"\naddress = "198.18.2.31"\nwriter = true\nsources = ["dbm2"]\n'
        "max_lag_s = 2.0\nbeat_s = 0.1\nmax_beat_s = 1.0\ncut_off_s = 1.0\n"
    )
    assert read_settings(path) == MASTER
