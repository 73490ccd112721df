"""A node with a kernel of its own: it does what containers do, suffers what they suffer, and goes."""

import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chaos.crash import Crash
from chaos.cut_cable import CutCable
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.injection import injected
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from chaos.stop import Stop
from chaos.udp_loss import UdpLoss
from selftest.leftovers import Before, leftovers
from topologies.errors import NodeUnreachable
from topologies.lab import Lab, attach, bring_up
from topologies.lab.owner import Owner
from topologies.loading import load
from topologies.model import Topology
from topologies.waiting import wait_until

MACHINE = "pbx1"
READY_S = 6.0
"""How long a machine may take from power to its job, its image being there."""
DISK_MB = 128
MASKED_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY----- <secret> -----END [A-Z ]*PRIVATE KEY-----"
Lines = list[Mapping[str, Any]]


def simple_with_a_machine() -> Topology:
    simple = load("simple")
    node = simple.nodes[MACHINE].model_copy(update={"kind": "vm", "disk_mb": DISK_MB})
    return simple.model_copy(update={"nodes": {**simple.nodes, MACHINE: node}})


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(simple_with_a_machine()) as lab:
        yield lab


@pytest.fixture
def lines() -> Lines:
    return []


def is_ready_again(lab: Lab) -> None:
    lab.nodes[MACHINE].must_run("ready", "15", timeout_s=20)


def test_it_has_a_kernel_of_its_own(lab: Lab) -> None:
    """User-Mode Linux, systemd as init, networks as declared; its software is told with all the others."""
    node = lab.nodes[MACHINE]
    assert node.must_run("uname", "-r") != lab.vantage.must_run("uname", "-r")
    assert node.must_run("cat", "/proc/1/comm") == "systemd\n"
    assert node.must_run("hostname") == f"{MACHINE}\n"
    for network, address in node.spec.addresses.items():
        assert f"inet {address}/" in node.must_run("ip", "address", "show", lab.interface(MACHINE, network))
    assert node.must_run("systemctl", "--failed", "--plain", "--no-legend") == ""
    assert lab.environment()["nodes"][MACHINE]["user-mode-linux"].startswith("6.12")


def test_commands_tell_how_they_ended(lab: Lab) -> None:
    """Arguments arrive as they are; status, both outputs and input go through; a late command is ended."""
    node = lab.nodes[MACHINE]
    odd = ("a b", "it's", 'say "x"', "$HOME", "*", "two\nlines", "")
    assert node.must_run("printf", "<%s>", *odd) == "".join(f"<{one}>" for one in odd)
    assert node.run("sh", "-c", "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    assert node.run("sh", "-c", "exit 255").status == 255
    assert node.run("sh", "-c", "kill -9 $$").status == 137
    assert node.run("cat", stdin="in").stdout == "in"
    assert node.run("no-such-program").status == 127
    assert node.host.file("/etc/hosts").contains("acd-lb")
    assert node.host.service("jtel-node").is_running
    with node.start("cat") as command:
        out, _ = command.communicate("line\n", timeout=5)
    assert (command.returncode, out) == (0, "line\n")
    with pytest.raises(NodeUnreachable, match=r"'sleep' did not end within 0\.3 s"):
        node.run("sleep", "1234", timeout_s=0.3)
    assert node.run("pgrep", "-f", "[s]leep 1234").status == 1


def test_files_are_read_wherever_they_lie(lab: Lab) -> None:
    node = lab.nodes[MACHINE]
    assert "dispatcher" in node.read_file("/etc/kamailio/kamailio.cfg")
    assert int(node.read_file("/run/jtel/kamailio.pid")) in lab.processes(MACHINE, "kamailio")
    with pytest.raises(NodeUnreachable):
        node.read_file("/no/such/file")


def test_disk_is_bare_and_sparse(lab: Lab) -> None:
    node = lab.nodes[MACHINE]
    assert int(node.must_run("blockdev", "--getsize64", "/dev/ubda")) == DISK_MB << 20
    node.must_run("sh", "-c", "echo kept | dd of=/dev/ubda conv=fsync,notrunc status=none")
    assert int(node.must_run("stat", "--format=%b", "/var/lib/machine.img")) < DISK_MB << 10


FAULTS = (
    PowerLoss(MACHINE),
    Crash(MACHINE, "kamailio"),
    Stop(MACHINE),
    Freeze(MACHINE),
    CutCable(MACHINE),
    Isolate(MACHINE),
    Isolate(MACHINE, "in"),
    Isolate(MACHINE, "out"),
    UdpLoss(MACHINE),
    UdpLoss(MACHINE, "in"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_fault_takes_hold_and_the_machine_works_again(lab: Lab, lines: Lines, fault: Fault) -> None:
    node = lab.nodes[MACHINE]
    before = node.must_run("ip", "-4", "route")

    with injected(fault, lab, lines.append) as injection:
        assert fault.took_hold(lab)

    assert [line["t"] for line in lines] == ["fault", "healed"]
    assert lines[0]["took_hold"]
    assert injection.began_ns < injection.ended_ns
    assert not fault.took_hold(lab)
    is_ready_again(lab)
    assert node.must_run("ip", "-4", "route") == before
    assert lab.frames_dropped(MACHINE) == 0


def test_power_comes_back_in_time_and_the_disk_was_kept(
    lab: Lab, record_property: Callable[[str, object], None]
) -> None:
    lab.drop_frames(MACHINE)
    lab.power_off(MACHINE)
    assert not lab.is_running(MACHINE)
    began_s = time.monotonic()
    lab.power_on(MACHINE)
    is_ready_again(lab)
    took_s = time.monotonic() - began_s
    record_property("ready_s", took_s)
    print(f"power to ready: {took_s:.2f} s")  # noqa: T201 -- the figure is the point
    assert lab.nodes[MACHINE].must_run("head", "-c5", "/dev/ubda") == "kept\n"
    assert took_s < READY_S


def test_it_says_goodbye_when_it_is_stopped(lab: Lab) -> None:
    """Services get SIGTERM from the node's own script, systemd ends in order, and the console shows it."""
    lab.stop(MACHINE)
    try:
        assert not lab.is_running(MACHINE)
        found = lab.engine.client.api.inspect_container(lab.nodes[MACHINE].container)
        assert found["State"]["ExitCode"] == 0
    finally:
        lab.power_on(MACHINE)
    is_ready_again(lab)


def test_commands_get_through_while_the_networks_do_not(lab: Lab) -> None:
    """They have a cable of their own, which no network of the lab sees."""
    node = lab.nodes[MACHINE]
    lab.drop_frames(MACHINE)
    lab.link_down(MACHINE, "voice")
    try:
        assert not lab.has_carrier(MACHINE, "voice")
        assert "NO-CARRIER" in node.must_run("ip", "link", "show", "eth0")
        assert str(node.spec.addresses["voice"]) in node.must_run("ip", "-4", "address")
    finally:
        lab.link_up(MACHINE, "voice")
        lab.restore_frames(MACHINE)
    assert lab.has_carrier(MACHINE, "voice")
    is_ready_again(lab)


def test_service_is_started_again(lab: Lab) -> None:
    hit = lab.signal(MACHINE, "kamailio", signal.SIGKILL)
    assert hit
    assert lab.processes(MACHINE, "kamailio") == []
    lab.start_service(MACHINE, "kamailio")
    lab.start_service(MACHINE, "kamailio")
    wait_until("kamailio", lambda: lab.processes(MACHINE, "kamailio"), patience_s=10)
    is_ready_again(lab)


def test_what_it_takes_and_gives_up_is_seen_beside_it(lab: Lab) -> None:
    """An address moves: the fact has a stamp of the lab's clock, and a frozen owner is known too."""
    address = str(lab.topology.networks["voice"].network_address + 100)
    node, seen = lab.nodes[MACHINE], list[Mapping[str, Any]]()
    with lab.watch(seen.append, owners=[MACHINE], wire="client", addresses=[address]):
        before_ns = lab.now_ns()
        node.must_run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        wait_until("owner", lambda: lab.owners(address) == {MACHINE}, patience_s=5)
        lab.freeze(MACHINE)
        assert lab.owners(address) == {MACHINE}
        lab.thaw(MACHINE)
        node.must_run("ip", "address", "delete", f"{address}/24", "dev", "eth0")
        wait_until("no owner", lambda: not lab.owners(address), patience_s=5)
        after_ns = lab.now_ns()
    facts = [fact for fact in seen if fact["t"] == "address"]
    assert [fact["state"] for fact in facts] == ["added", "removed"]
    assert all(before_ns < fact["at_ns"] < after_ns for fact in facts)


def test_way_of_a_packet_is_tried_from_inside(lab: Lab) -> None:
    address = {name: str(lab.topology.nodes[name].addresses["voice"]) for name in (MACHINE, "tel1", "client")}
    assert lab.try_connect(MACHINE, address["tel1"], 9) == "refused"
    assert lab.try_connect("tel1", address[MACHINE], 9) == "refused"
    assert len(lab.arp_answers("client", address[MACHINE])) == 1
    assert len(lab.arp_answers(MACHINE, address["client"])) == 1
    assert lab.datagrams_arrived(MACHINE, "client", address["client"]) == 20
    assert lab.datagrams_arrived("client", MACHINE, address[MACHINE]) == 20
    with lab.capture(MACHINE, network="voice", filter_="udp port 9", seconds=10) as capture:
        lab.datagrams_arrived("client", MACHINE, address[MACHINE])
        wait_until("20 frames", lambda: len(capture.payloads()), lambda seen: seen == 20, patience_s=5)


def test_other_process_can_attach(lab: Lab) -> None:
    with attach(lab.lab_id) as attached:
        assert attached.nodes[MACHINE].must_run("cat", "/proc/1/comm") == "systemd\n"


def test_evidence_has_console_and_journal(lab: Lab, tmp_path: Path) -> None:
    """The console bears the engine's stamps; nothing secret is in it; a frozen machine is said to be mute."""
    lab.collect_evidence(tmp_path / "well")
    folder = tmp_path / "well" / MACHINE
    assert "systemd" in (folder / "journal.txt").read_text()
    assert "kamailio" in (folder / "machine-processes.txt").read_text()
    assert "kamailio" in (folder / "log.txt").read_text()
    assert "dispatcher" in (folder / "configs/etc/kamailio/kamailio.cfg").read_text()
    assert not (tmp_path / "well/missing.txt").exists()
    everything = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert not [name for name, secret in lab.secrets.items() if secret in everything]
    assert "PRIVATE KEY" not in re.sub(MASKED_KEY, "", everything)

    lab.freeze(MACHINE)
    try:
        lab.collect_evidence(tmp_path / "frozen")
    finally:
        lab.thaw(MACHINE)
    assert f"{MACHINE}: journal: " in (tmp_path / "frozen/missing.txt").read_text()
    assert "dispatcher" in (tmp_path / "frozen" / MACHINE / "configs/etc/kamailio/kamailio.cfg").read_text()


def test_no_trace_of_it(record_property: Callable[[str, object], None]) -> None:
    """It comes up in time and leaves neither processes nor cables, disks or memory behind."""
    before, owner = Before.now(), str(Owner.this_process())
    began_s = time.monotonic()
    with bring_up(simple_with_a_machine()) as lab:
        took_s = time.monotonic() - began_s
        record_property("up_s", took_s)
        print(f"lab with a machine up: {took_s:.2f} s")  # noqa: T201 -- the figure is the point
    left = [one for one in leftovers(lab.engine, "nobody", {lab.lab_id}, before) if "virtual" not in one]
    assert not left
    assert owner
