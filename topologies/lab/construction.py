"""The building of one lab, in parallel: every node as soon as those it waits for do their job."""

import concurrent.futures
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from docker import DockerClient

from topologies import disks
from topologies.defect import Defect
from topologies.errors import LabError, NodeUnreachable, NotReady
from topologies.lab import building, certificates, identity, rendering, slots, state, wiring
from topologies.lab.building import Builder
from topologies.lab.execution import execute
from topologies.lab.owner import Owner
from topologies.lab.rendering import File
from topologies.lab.vm import container as machine
from topologies.plan import Plan

READY_PATIENCE_S: Final = 30
_SLACK_S: Final = 5.0
_LOG_TAIL_LINES: Final = 3


class Construction:
    """One lab while it is being brought up.

    Raises:
        TopologyError: a node has a limited volume and no use for it.
    """

    def __init__(
        self, client: DockerClient, plan: state.LabState, owner: Owner, defect: Defect | None
    ) -> None:
        self._limited = disks.limited(plan.declared)
        self.state = plan
        """What is known about the lab so far."""
        self._client = client
        self._labels = identity.Labels(plan.lab_id, plan.declared.name, owner, kept=plan.kept)
        self._defect = defect
        self._given_up = threading.Event()
        self._pool = ThreadPoolExecutor(2 * len(plan.declared.nodes) + 1, thread_name_prefix=plan.lab_id)

    def carry_out(self) -> state.LabState:
        """Build everything; return the state of a lab that is up.

        Raises:
            LabError: a part could not be made or did not become ready.
        """
        sidecar = self._pool.submit(self._builder().make_sidecar)
        self._find_room()
        files, hosts = self._files()
        builder = self._builder()
        made = {
            name: self._pool.submit(self._make, builder, name, files[name], hosts[name], sidecar)
            for name in files
        }
        self._start_along_plan(made)
        sidecar.result()
        self._know(is_up=True)
        self._pool.shutdown()
        return self.state

    def give_up(self) -> None:
        """Make no further part."""
        self._given_up.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Return when nothing is being made any more."""
        self._pool.shutdown(wait=True)

    def _builder(self) -> Builder:
        return Builder(self._client, self.state.topology, self._labels, self.state.images)

    def _know(self, **news: object) -> None:
        self.state = self.state.model_copy(update=news)
        state.write(self.state)

    def _find_room(self) -> None:
        """Make the networks in the first slot that is free; another process may have been faster."""
        with state.locked("slots"):
            taken = [*slots.engine_subnets(self._client), *slots.host_routes()]
            for slot, moved in slots.free_slots(self.state.declared, taken):
                if Builder(self._client, moved, self._labels, self.state.images).make_networks():
                    self._know(slot=slot)
                    return

    def _files(self) -> tuple[dict[str, list[File]], dict[str, File]]:
        """Return the files and the table of aliases of every node, with the defect in them."""
        topology, secrets = self.state.topology, self.state.secrets()
        shown = certificates.issue(topology)
        files: dict[str, list[File]] = {}
        hosts: dict[str, File] = {}
        for name, node in topology.nodes.items():
            clean = [
                rendering.hosts_table(name, topology),
                *rendering.render(name, topology, secrets),
                *rendering.name_server(name, topology),
                *shown.files(name, node.role),
                *machine.files(node, building.SYSCTLS.get(node.role, {})),
            ]
            hosts[name], *files[name] = (self._with_defect(name, file) for file in clean)
        paths = {name: tuple(file.path for file in own) for name, own in files.items()}
        if self._defect:
            self._defect.must_fit({name: {rendering.HOSTS, *own} for name, own in paths.items()})
        self._know(secret_names=tuple(secrets), ca_pem=shown.ca_pem, files=paths)
        return files, hosts

    def _with_defect(self, name: str, file: File) -> File:
        defect = self._defect
        return file.changed(lambda text: defect.edited(name, file.path, text)) if defect else file

    def _make(
        self, builder: Builder, name: str, files: list[File], hosts: File, sidecar: Future[None]
    ) -> None:
        if name in self._limited:
            sidecar.result()
        self._must_go_on()
        builder.make_node(name, files, hosts)

    def _start_along_plan(self, made: dict[str, Future[None]]) -> None:
        plan = Plan.of(self.state.declared)
        under_way: dict[Future[None], str] = {}
        while plan.is_unfinished():
            under_way |= {self._pool.submit(self._start, name, made[name]): name for name in plan.ready()}
            ended, _ = concurrent.futures.wait(under_way, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in ended:
                future.result()
                plan.done(under_way.pop(future))

    def _start(self, name: str, made: Future[None]) -> None:
        """Start a node and wait until it does its job and is wired as declared."""
        made.result()
        self._must_go_on()
        container = identity.container_name(self.state.lab_id, name)
        self._client.api.start(container)
        wait_and_look = f"/usr/local/sbin/ready {READY_PATIENCE_S} && cat /proc/net/route"
        command = [*machine.entering(self.state.topology.nodes[name]), "sh", "-c", wait_and_look]
        try:
            ended = execute(self._client, container, command, timeout_s=READY_PATIENCE_S + _SLACK_S)
        except NodeUnreachable as error:
            log = self._client.api.logs(container, tail=_LOG_TAIL_LINES).decode(errors="replace")
            said = "; ".join(self.state.secrets().masked(log).split("\n")).strip("; ") or "nothing"
            raise LabError(f"{name} did not become ready: {error}; it last said: {said}") from error
        if ended.status != 0:
            missing = ended.stderr.strip() or f"`ready` ended with status {ended.status}"
            raise NotReady(missing if missing.startswith(f"{name} ") else f"{name} is not ready: {missing}")
        wiring.must_be_wired(name, self.state.topology.nodes[name], self.state.topology, ended.stdout)

    def _must_go_on(self) -> None:
        if self._given_up.is_set():
            raise LabError(f"{self.state.lab_id}: bring-up was given up")
