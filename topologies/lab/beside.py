"""Looking at nodes from the sidecar: it works for frozen nodes too, and needs no program inside them."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import docker.errors
from docker import DockerClient

from topologies.errors import NodeUnreachable
from topologies.lab import identity
from topologies.lab.execution import execute
from topologies.system import Completed

_ENTER: Final = """
import json, subprocess, sys
asked = json.loads(sys.argv[1])
running = {
    node: [subprocess.Popen(["nsenter", "--net", "--target", str(pid), *command],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
           for command in asked["commands"]]
    for node, pid in asked["pids"].items()
}
answers = {}
for node, commands in running.items():
    answers[node] = []
    for command in commands:
        out, err = command.communicate()
        answers[node].append([command.returncode, out, err])
print(json.dumps(answers))
"""

_LIST: Final = """
import json, os, sys
namespaces = {}
for node, pid in json.loads(sys.argv[1])["pids"].items():
    try:
        namespaces[os.readlink(f"/proc/{pid}/ns/pid")] = node
    except OSError:
        pass
lines = {node: [] for node in namespaces.values()}
for pid in sorted(filter(str.isdecimal, os.listdir("/proc")), key=int):
    try:
        node = namespaces[os.readlink(f"/proc/{pid}/ns/pid")]
        state = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
        command = open(f"/proc/{pid}/cmdline", errors="replace").read().replace("\\0", " ").strip()
    except (OSError, KeyError):
        continue
    own = state["NSpid"].split()[-1]
    lines[node].append(f"{own:>7} {state['State'].strip():14} {state['Name'].strip():16} {command}")
print(json.dumps({node: "\\n".join(own) for node, own in lines.items()}))
"""
_PATIENCE_S: Final = 5.0


def init_pids(client: DockerClient, lab_id: str, nodes: Sequence[str]) -> dict[str, int]:
    """Return the first process of every node that runs, as the engine's machine numbers it."""
    pids = {}
    for node in nodes:
        try:
            found = client.api.inspect_container(identity.container_name(lab_id, node))
        except docker.errors.NotFound:
            continue
        if found["State"]["Running"]:
            pids[node] = int(found["State"]["Pid"])
    return pids


def in_networks_of(
    client: DockerClient, lab_id: str, pids: Mapping[str, int], *commands: Sequence[str]
) -> dict[str, list[Completed]]:
    """Run every command in the network namespace of every node; return what they said, in order.

    Raises:
        NodeUnreachable: the sidecar does not run, or a command did not end.
    """
    if not pids:
        return {}
    said = _ask(client, lab_id, _ENTER, {"pids": pids, "commands": commands})
    return {node: [Completed(*answer) for answer in json.loads(said)[node]] for node in pids}


def processes_of(client: DockerClient, lab_id: str, pids: Mapping[str, int]) -> dict[str, str]:
    """Return a table of the processes of every node: number inside, state, name, command.

    Raises:
        NodeUnreachable: the sidecar does not run.
    """
    tables: dict[str, str] = json.loads(_ask(client, lab_id, _LIST, {"pids": pids}))
    return tables


def addresses_of(client: DockerClient, lab_id: str, nodes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the IPv4 addresses that every node holds now; none for a node without power.

    Raises:
        NodeUnreachable: the sidecar does not run.
    """
    said = in_networks_of(client, lab_id, init_pids(client, lab_id, nodes), ["ip", "-4", "-json", "address"])
    held = dict.fromkeys(nodes, frozenset[str]())
    for node, (answer,) in said.items():
        interfaces = json.loads(answer.stdout) if answer.status == 0 else []  # it died under our hands
        held[node] = frozenset(each["local"] for one in interfaces for each in one["addr_info"])
    return held


def _ask(client: DockerClient, lab_id: str, program: str, asked: Mapping[str, object]) -> str:
    sidecar = identity.container_name(lab_id, identity.SIDECAR)
    ended = execute(client, sidecar, ["python3", "-c", program, json.dumps(asked)], timeout_s=_PATIENCE_S)
    if ended.status != 0:
        raise NodeUnreachable(f"{sidecar}: looking at the nodes failed: {ended.stderr.strip()}")
    return ended.stdout
