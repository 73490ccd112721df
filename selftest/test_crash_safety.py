"""kill -9 of the process that owns a lab, at random moments: after the next command nothing of it exists."""

import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from selftest.leftovers import Before, lab_ids_of, leftovers, nft_tables
from selftest.runs import ROOT
from topologies.engine import Engine, ensure, images
from topologies.engine.progress import Silent
from topologies.lab import sweep, watchmen
from topologies.lab.owner import Owner
from topologies.waiting import wait_until

VICTIM = """
from topologies.lab import bring_up
from topologies.loading import load

topology = load("simple")
database = topology.nodes["dbm1"].model_copy(update={"disk_mb": 96})
topology = topology.model_copy(update={"nodes": {**topology.nodes, "dbm1": database}})
print("begins", flush=True)
with bring_up(topology) as lab:
    command = lab.vantage.start("cat")
    lab.drop_port("client", 53)
    print("is up", flush=True)
    command.wait()
"""
SEED = 1999
DURING_BRING_UP = 8
BRING_UP_S = 2.0
"""About how long the victim takes; a moment behind it hits the running lab, which is no worse."""
PATIENCE_S = 30.0


def moments() -> Iterator[tuple[float | None, bool]]:
    """Yield when to strike, in seconds after the start (None: when the lab is up), if the reaper lives."""
    chance = random.Random(SEED)  # noqa: S311 -- reproducible, not secret
    for number in range(DURING_BRING_UP):
        yield chance.uniform(0.0, BRING_UP_S), number % 2 == 0
    yield None, True
    yield None, False


def named(moment: tuple[float | None, bool]) -> str:
    after_s, reaper_lives = moment
    when = "up" if after_s is None else f"{after_s:.2f}s"
    return f"{when}-{'reaper' if reaper_lives else 'no-reaper'}"


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Provide the engine with every image, so that the moments fall into the bring-up."""
    engine = ensure(Silent())
    images.build(engine, Silent())
    return engine


@pytest.fixture(scope="module", autouse=True)
def _no_table_left(engine: Engine) -> Iterator[None]:
    """Demand that the engine's machine ends with the nftables tables that it had."""
    sidecar = images.build(engine, Silent())["sidecar"]
    before = nft_tables(engine, sidecar)
    yield
    assert nft_tables(engine, sidecar) <= before


@pytest.mark.parametrize("moment", list(moments()), ids=named)
def test_nothing_is_left_after_kill_9(engine: Engine, moment: tuple[float | None, bool]) -> None:
    """Whether the reaper lives or was killed too, the next command leaves nothing."""
    after_s, reaper_lives = moment
    before = Before.now()
    victim = subprocess.Popen([sys.executable, "-c", VICTIM], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "begins\n"
        owner = str(Owner.of_process(victim.pid))
        if after_s is None:
            assert victim.stdout.readline() == "is up\n"
        else:
            with pytest.raises(subprocess.TimeoutExpired):
                victim.wait(after_s)
        victim.kill()
    lab_ids = lab_ids_of(engine.client, owner)

    if reaper_lives:
        wait_until("the reaper ended", lambda: reapers(lab_ids), lambda pids: not pids, patience_s=PATIENCE_S)
    else:
        for pid in reapers(lab_ids):
            subprocess.run(["kill", "-9", str(pid)], check=False)
    sweep()

    wait_until(  # the kernel takes a virtual cable away a moment after its container
        "nothing is left",
        lambda: leftovers(engine, owner, lab_ids, before),
        lambda left: not left,
        patience_s=5.0,
    )


def reapers(lab_ids: set[str]) -> list[int]:
    """Return the reapers of these labs."""
    return [pid for lab_id in lab_ids for pid in watchmen.reapers(lab_id)]
