"""A lab in Docker: it comes up, can be used, tells what there is to tell, and goes away without a trace."""

import concurrent.futures
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from selftest.leftovers import Before, lab_ids_of, leftovers
from selftest.runs import ROOT
from topologies.defect import Defect, Edit
from topologies.errors import LabError, NodeUnreachable, NotReady
from topologies.lab import Lab, attach, bring_up, construction, labs, state, sweep, take_down, watchmen
from topologies.lab.owner import Owner
from topologies.loading import load
from topologies.system import Controls, Witnesses
from topologies.waiting import wait_until

BEGIN_AND_WAIT = """
from topologies.lab import bring_up
from topologies.loading import load

topology = load("simple")
print("begins", flush=True)
bring_up(topology)
"""

BRING_UP_AND_KEEP = """
from topologies.lab import bring_up
from topologies.loading import load

with bring_up(load("simple"), keep=True) as lab:
    print(lab.lab_id)
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(load("simple")) as lab:
        yield lab


def test_users_are_served(lab: Lab) -> None:
    """A client reaches a web server by alias, over http and over https with the lab's own authority."""
    for url in ("http://acd-lb/", "https://acd-lb/"):
        answer = lab.vantage.must_run("curl", "--silent", "--fail", "--cacert", "/etc/jtel/tls/ca.pem", url)
        assert '"server": "web1"' in answer


def test_lab_can_do_and_see(lab: Lab) -> None:
    """It has both capabilities, and its sidecar answers."""
    assert isinstance(lab, Controls)
    assert isinstance(lab, Witnesses)
    assert lab.now_ns() > 0


def test_datagrams_of_a_node_are_counted_both_ways(lab: Lab) -> None:
    """The packet filter tells signalling from the rest, exactly, from the moment when it is asked to."""
    address = str(lab.topology.nodes["tel1"].addresses["voice"])
    send = f"for n in 1 2 3 4 5; do echo $n | socat -u - UDP4:{address}:4000; done"
    with lab.count_datagrams("tel1") as counts:
        assert counts.read()["packets"] == 0
        lab.vantage.must_run("sh", "-c", send)
        lab.nodes["tel1"].must_run("socat", "-u", "EXEC:echo lost", "UDP4:127.0.0.1:4000")
        assert lab.datagrams_arrived("client", "tel1", address) == 20
        with (
            pytest.raises(LabError, match="datagrams of tel1 are being counted already"),
            lab.count_datagrams("tel1"),
        ):
            pass
        wait_until("OPTIONS", lambda: counts.read()["sip_packets"], lambda seen: seen >= 4, patience_s=10)
    assert counts.read()["packets"] == 5
    with lab.count_datagrams("tel1") as again:
        assert again.read()["packets"] == 0


def test_counting_ends_with_the_power_of_a_node(lab: Lab) -> None:
    """What was read last remains, also when the node is started again; frames can be lost meanwhile."""
    address = str(lab.topology.nodes["tel1"].addresses["voice"])
    with lab.count_datagrams("tel1") as counts:
        lab.drop_frames("tel1", direction="in")
        lab.vantage.must_run("sh", "-c", f"echo lost | socat -u - UDP4:{address}:4000")
        lab.restore_frames("tel1")
        lab.vantage.must_run("sh", "-c", f"echo heard | socat -u - UDP4:{address}:4000")
        assert counts.read()["packets"] == 1
        lab.power_off("tel1")
        lab.power_on("tel1")
        lab.nodes["tel1"].must_run("ready", "15", timeout_s=20)
        lab.vantage.must_run("sh", "-c", f"echo more | socat -u - UDP4:{address}:4000")
        assert counts.read()["packets"] == 1
    assert counts.read()["packets"] == 1


def test_interfaces_are_as_declared(lab: Lab) -> None:
    """The order of a node's networks is the order of its interfaces."""
    node = lab.nodes["lb1"]
    for network, address in node.spec.addresses.items():
        assert f"inet {address}/" in node.must_run("ip", "address", "show", lab.interface("lb1", network))


def test_commands_tell_how_they_ended(lab: Lab) -> None:
    """Status, both outputs and input go through."""
    node = lab.vantage
    assert node.run("sh", "-c", "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    assert node.run("cat", stdin="in").stdout == "in"
    assert node.run("no-such-program").status == 127
    assert node.host.file("/etc/hosts").contains("acd-lb")
    with pytest.raises(NodeUnreachable, match="'false' ended with status 1"):
        node.must_run("false")


def test_late_command_is_an_error_and_is_ended(lab: Lab) -> None:
    """A command that outlives its time is no result, and does not go on for ever."""
    with pytest.raises(NodeUnreachable, match=r"'sleep' did not end within 0\.3 s"):
        lab.vantage.run("sleep", "1234", timeout_s=0.3)
    ended = "while pgrep -f '[s]leep 1234' >/dev/null; do sleep 0.05; done"
    lab.vantage.must_run("sh", "-c", ended, timeout_s=3.0)


def test_started_command_ends_with_its_input(lab: Lab) -> None:
    """Closing the input of a long-running command ends it."""
    with lab.vantage.start("cat") as command:
        out, _ = command.communicate("line\n", timeout=5)
    assert (command.returncode, out) == (0, "line\n")


def test_other_process_can_attach(lab: Lab) -> None:
    """What another process needs is in the state; leaving its block leaves the lab up."""
    with attach(lab.lab_id) as attached:
        assert attached.topology == lab.topology
        assert attached.secrets["stats"] == lab.secrets["stats"]
        assert attached.ca_pem == lab.ca_pem
    assert lab.lab_id in {info.lab_id for info in labs()}


def test_owner_of_an_address(lab: Lab) -> None:
    """Who holds an address is seen from beside."""
    assert lab.owners(str(lab.topology.nodes["web1"].addresses["inside"])) == {"web1"}
    assert lab.owners("198.19.255.254") == frozenset()


def test_environment_names_versions(lab: Lab) -> None:
    """Engine, kernel, image digests and the software of every node."""
    found = lab.environment()
    assert found["nodes"]["lb1"]["haproxy"].startswith("3.")
    assert found["images"]["balancer"]["digest"].startswith("sha256:")
    assert found["engine"]["version"]
    assert found["kernel"]


def test_evidence_of_nodes_dead_frozen_and_well(lab: Lab, tmp_path: Path) -> None:
    """Everything that can be had is there, nothing secret is, and what could not be had is said."""
    lab.freeze("web1")
    lab.power_off("client")
    try:
        lab.collect_evidence(tmp_path)
    finally:
        lab.thaw("web1")
        lab.power_on("client")

    assert "mariadbd" in (tmp_path / "dbm1/processes.txt").read_text()
    assert "jtel-web" in (tmp_path / "web1/processes.txt").read_text()
    assert "frontend" in (tmp_path / "lb1/configs/etc/haproxy/haproxy.cfg").read_text()
    assert (tmp_path / "client/log.txt").exists()
    assert (tmp_path / "missing.txt").read_text() == "network state of the nodes: client had no power\n"
    everything = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert not [name for name, secret in lab.secrets.items() if secret in everything]
    assert "<secret stats>" in everything


def test_labs_side_by_side_and_no_trace_of_them() -> None:
    """Two labs come up at once in slots of their own; a sweep harms neither; both go away."""
    before, owner = Before.now(), str(Owner.this_process())
    known = {lab.lab_id for lab in labs()}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        one, other = pool.map(lambda keep: bring_up(load("simple"), keep=keep), (False, True))
    assert not set(one.topology.networks.values()) & set(other.topology.networks.values())
    with one, other:
        assert not {one.lab_id, other.lab_id} & set(sweep())
        for each in (one, other):
            assert each.vantage.run("curl", "--silent", "--fail", "http://acd-lb/").status == 0
    assert other.lab_id in {lab.lab_id for lab in labs()}  # it is kept
    take_down(other.lab_id)
    take_down(other.lab_id)

    assert not {one.lab_id, other.lab_id} & lab_ids_of(one.engine.client, owner) - known
    ours = {one.lab_id, other.lab_id}
    assert not [left for left in leftovers(one.engine, "nobody", ours, before) if "virtual" not in left]


def test_kept_lab_outlives_its_command() -> None:
    """Neither the reaper nor a sweep touches it; it goes when it is told to."""
    command = [sys.executable, "-c", BRING_UP_AND_KEEP]
    lab_id = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    try:
        wait_until(
            "the reaper went", lambda: watchmen.reapers(lab_id), lambda pids: not pids, patience_s=10.0
        )
        assert lab_id not in sweep()
        with attach(lab_id) as kept:
            assert kept.vantage.run("curl", "--silent", "--fail", "http://acd-lb/").status == 0
    finally:
        take_down(lab_id)
    assert lab_id not in {lab.lab_id for lab in labs()}


def test_failed_bring_up_leaves_evidence_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the node and what is missing; the folder that it names has the log."""
    monkeypatch.setattr(construction, "READY_PATIENCE_S", 2)
    known = {lab.lab_id for lab in labs()}
    defect = Defect(
        name="broken-configuration",
        title="HAProxy cannot read its configuration",
        topology="simple",
        violates=("WEB-1",),
        why="HAProxy does not start.",
        edits=(Edit(node="lb1", file="/etc/haproxy/haproxy.cfg", find="^global$", replace="nonsense"),),
    )

    with pytest.raises(NotReady, match=r"^lb1 is not ready .*haproxy.*; evidence: ") as caught:
        bring_up(load("simple"), defect=defect)

    evidence = Path(str(caught.value).rpartition("evidence: ")[2])
    assert "nonsense" in (evidence / "lb1/configs/etc/haproxy/haproxy.cfg").read_text()
    assert "haproxy" not in (evidence / "lb1/processes.txt").read_text()
    assert (evidence / "lb1/log.txt").exists()
    shutil.rmtree(evidence)
    assert evidence.name not in {lab.lab_id for lab in labs()} - known
    assert not state.folder(evidence.name).exists()


def test_interrupted_bring_up_leaves_nothing(lab: Lab) -> None:
    """Ctrl-C during bring-up removes what was made before the command ends."""
    before = Before.now()
    command = [sys.executable, "-c", BEGIN_AND_WAIT]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begins\n"
        owner = str(Owner.of_process(child.pid))
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1.0)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=20)

    assert "KeyboardInterrupt" in said
    assert not [left for left in leftovers(lab.engine, owner, set(), before) if "virtual" not in left]
