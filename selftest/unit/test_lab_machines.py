"""Machines: what their containers are given, and what is read out of what they say."""

import re
from typing import TYPE_CHECKING, Any, cast

import pytest

from topologies import disks
from topologies.engine import images
from topologies.errors import LabError, NodeUnreachable
from topologies.lab.building import SYSCTLS
from topologies.lab.node import CommandLine
from topologies.lab.vm import container, links, processes
from topologies.lab.vm.controls import started
from topologies.lab.vm.node import MachineNode, was_cut_off
from topologies.lab.vm.witnesses import WitnessesOfMachines, connected
from topologies.loading import load
from topologies.model import Role, Topology
from topologies.sidecar import counting, frames
from topologies.system import Completed

if TYPE_CHECKING:
    from docker import DockerClient

    from topologies.lab.sidecar import Sidecar


def topology_with(name: str, **changes: Any) -> Topology:
    simple = load("simple")
    node = simple.nodes[name].model_copy(update={"kind": "vm", **changes})
    return simple.model_copy(update={"nodes": {**simple.nodes, name: node}})


def test_containers_are_made_as_ever() -> None:
    simple = load("simple")
    node = simple.nodes["lb1"]
    assert node.image == "balancer"
    assert container.host_options(node) == {}
    assert container.environment("lb1", simple) == {}
    assert container.files(node, SYSCTLS[Role.BALANCER]) == []
    assert container.entering(node) == []


def test_a_machine_has_an_image_around_that_of_its_role() -> None:
    node = topology_with("pbx1").nodes["pbx1"]
    assert node.image == "pbx-vm"
    assert container.host_options(node)["devices"] == ["/dev/net/tun"]
    assert "privileged" not in container.host_options(node)
    assert container.entering(node) == ["inside"]


def test_settings_of_its_kernel_are_a_file_in_it() -> None:
    node = topology_with("lb1").nodes["lb1"]
    (file,) = container.files(node, SYSCTLS[Role.BALANCER])
    assert (file.path, file.content) == ("/etc/sysctl.d/jtel.conf", b"net.ipv4.ip_nonlocal_bind = 1\n")


def test_memory_fits_into_what_the_engine_gives() -> None:
    topology = topology_with("pbx1")
    (mount,) = container.host_options(topology.nodes["pbx1"])["tmpfs"].values()
    found = re.search(r"^rw,exec,size=(\d+)m$", mount)
    assert found is not None
    assert int(found[1]) > int(container.environment("pbx1", topology)["MACHINE_MEMORY_MB"])


def test_a_disk_is_bare_where_the_role_keeps_no_data() -> None:
    topology = topology_with("pbx1", disk_mb=128)
    assert (disks.bare(topology), disks.limited(topology)) == ({"pbx1": 128}, {})
    assert container.environment("pbx1", topology)["MACHINE_DISK_MB"] == "128"


def test_a_database_keeps_its_volume_in_a_machine_too() -> None:
    topology = topology_with("dbm1", disk_mb=128)
    assert (disks.bare(topology), disks.limited(topology)) == ({}, {"dbm1": "/var/lib/mysql"})
    assert container.environment("dbm1", topology)["MACHINE_DISK_MB"] == "0"


def test_images_of_machines_follow_those_of_their_roles() -> None:
    roles = images._plans("sha256:base")
    around = {plan.role: plan for plan in images._machines(roles)}
    of_role = {plan.role: plan for plan in roles}
    assert around.keys() == {f"{role}-vm" for role in of_role} - {"node-vm", "sidecar-vm"}
    assert around["pbx-vm"].base == of_role["pbx"].tag
    assert around["pbx-vm"].tag.startswith("jtel-conformance/pbx-vm:")
    assert around["pbx-vm"].tag.split(":")[1] != around["web-vm"].tag.split(":")[1]


STAT = """\
1 (systemd) S 0 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 5 1 1
90 (kamailio) S 1 90 90 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 700 1 1
95 (kamailio) S 90 90 90 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 650 1 1
99 (kamailio) Z 90 90 90 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 800 1 1
120 (a ) b) R 1 120 120 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 900 1 1
121 (jtel-telephony-) S 1 121 121 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 910 1 1
122 (jtel-telephony) S 1 122 122 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 920 1 1
"""


@pytest.mark.parametrize(
    ("program", "pids"),
    [
        ("kamailio", [95, 90]),
        ("kamai", []),
        ("a ) b", [120]),
        ("jtel-telephony", [122]),
        ("jtel-telephony-server", [121]),
    ],
)
def test_processes_by_name_oldest_first_without_zombies(program: str, pids: list[int]) -> None:
    assert processes.called(program, STAT) == pids


def test_services_that_were_started_and_not() -> None:
    assert started("kamailio started\nkeepalived \n") == {"kamailio": True, "keepalived": False}
    assert started("") == {}


@pytest.mark.parametrize(
    ("attempt", "word"),
    [
        (Completed(0, "", ""), "open"),
        (Completed(124, "", ""), "silent"),
        (Completed(1, "", "bash: connect: Connection refused\nbash: /dev/tcp/…\n"), "refused"),
        (Completed(1, "", "bash: connect: No route to host\n"), "no route"),
        (Completed(1, "", "bash: connect: Network is unreachable\n"), "no route"),
        (Completed(1, "", "bash: connect: Connection timed out\n"), "silent"),
    ],
)
def test_what_an_attempt_to_connect_experienced(attempt: Completed, word: str) -> None:
    assert connected(attempt) == word


def test_an_attempt_that_was_none_is_no_answer() -> None:
    with pytest.raises(LabError, match="ended with status 127: bash: not found"):
        connected(Completed(127, "", "bash: not found\n"))


@pytest.mark.parametrize(
    ("ended", "cut_off"),
    [
        (Completed(255, "", "mux_client_request_session: read from master failed: Broken pipe\r\n"), True),
        (Completed(255, "", "ssh: connect to host 198.19.255.254 port 22: No route to host\r\n"), True),
        (Completed(255, "", "Connection closed by 198.19.255.254 port 22\r\n"), True),
        (Completed(255, "", ""), False),
        (Completed(255, "", "sshd is not there"), False),
        (Completed(1, "", "ssh: no"), False),
    ],
)
def test_a_connection_that_broke_is_not_the_status_of_the_command(ended: Completed, *, cut_off: bool) -> None:
    assert was_cut_off(ended) is cut_off


asked: list[tuple[str, ...]] = []
"""What the machine below was asked."""


class Clock:
    """The time that a command took, told to whoever asks before and after it."""

    def __init__(self, took_s: float) -> None:
        self._told = iter((100.0, 100.0 + took_s))

    def monotonic(self) -> float:
        """Return 100 s, and when asked again that and the time it took."""
        return next(self._told)


def machine_that_says(said: Completed, monkeypatch: pytest.MonkeyPatch, took_s: float = 0.1) -> MachineNode:
    """Return a machine on which every command ends so."""
    asked.clear()

    def execute(_client: object, _container: str, argv: tuple[str, ...], **_: float) -> Completed:
        asked.append(argv)
        return said

    monkeypatch.setattr("topologies.lab.node.execute", execute)
    monkeypatch.setattr("topologies.lab.vm.node.time", Clock(took_s))
    spec = topology_with("pbx1").nodes["pbx1"]
    return MachineNode("pbx1", spec, "lab-pbx1", cast("DockerClient", None), CommandLine("docker", {}))


def test_a_late_command_was_killed_and_took_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    late = machine_that_says(Completed(137, "", "Killed\n"), monkeypatch, took_s=3.01)
    with pytest.raises(NodeUnreachable, match=r"pbx1: 'sleep' did not end within 3 s"):
        late.run("sleep", "9", timeout_s=3.0)
    assert asked == [("inside", "timeout", "--signal=KILL", "3.000", "sleep", "9")]


def test_a_command_that_was_killed_earlier_has_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    killed = machine_that_says(Completed(137, "", "Killed\n"), monkeypatch, took_s=2.99)
    assert killed.run("sleep", "9", timeout_s=3.0).status == 137


def test_the_upper_interface_is_told_last_that_the_cable_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    links.cut(machine_that_says(Completed(0, "", ""), monkeypatch), "voice")
    assert asked[0][-1] == "link set dev vec0 down\nlink set dev eth0 protodown on\n"
    links.mend(machine_that_says(Completed(0, "", ""), monkeypatch), "voice")
    assert asked[0][-1] == "link set dev eth0 protodown off\nlink set dev vec0 up\n"


def test_a_machine_asks_itself_who_has_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    two = machine_that_says(Completed(0, "02:42:00:00:00:01\n02:42:00:00:00:02\n", ""), monkeypatch)
    simple = topology_with("pbx1")
    witnesses = WitnessesOfMachines(simple, cast("Sidecar", None), {"pbx1": two})
    address = str(simple.networks["voice"].network_address + 9)
    assert witnesses.arp_answers("pbx1", address) == ["02:42:00:00:00:01", "02:42:00:00:00:02"]
    assert asked[0][-3:] == (address, "eth0", "0.2")
    with pytest.raises(LabError, match=r"pbx1 is not on the network of 192\.0\.2\.1"):
        witnesses.arp_answers("pbx1", "192.0.2.1")


def test_frames_are_lost_at_the_interfaces_of_the_container_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["lo", "eth0", "vm-tap0", "vm-bridge0", "vm-commands", "eth1"]
    monkeypatch.setattr(frames, "in_network_of", lambda _pid, _act: list(enumerate(names)))
    assert frames.interfaces_of(1) == ["eth0", "eth1"]
    assert frames.is_machine(1)


def test_datagrams_of_a_machine_are_counted_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in counts after it could be lost, what goes out before."""
    rules = counting.count_rules_beside(["eth0", "eth1"])
    lost = frames.frame_rules(["eth0"], "both", [])
    priority = int(re.findall(r'hook ingress device "eth0" priority (-\d+)', lost)[0])
    for interface in ("eth0", "eth1"):
        received, sent = (
            re.findall(rf'hook {hook} device "{interface}" priority (-\d+);', rules)
            for hook in ("ingress", "egress")
        )
        assert int(received[0]) > priority > int(sent[0])
    assert rules.count("goto count") == 4
    assert "udp sport 5060 counter name sip return" in rules
    monkeypatch.setattr(frames, "in_network_of", lambda _pid, _act: [(1, "lo"), (2, "eth0")])
    assert counting.rules_for(1) == counting.count_rules()
