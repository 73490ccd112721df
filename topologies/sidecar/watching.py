"""Watching virtual addresses: who has them, what is said about them on a wire, what a neighbour believes.

One thread polls the sockets of all watched nodes. The sockets of a node are closed in the moment in which its
first process ends, so that a watch never keeps the network namespace of a dead node alive.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from . import arp, netlink
from .namespaces import in_network_of
from .refusals import NodeGone, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .processes import Init

Fact = dict[str, Any]
Emit = Callable[[Fact], None]
_FOLLOW_S = 5.0


class Watch:
    """What `owners` and `wire` show about `addresses`, until it is stopped."""

    def __init__(self, emit: Emit, owners: Sequence[str], wire: str, addresses: Sequence[str]) -> None:
        self.nodes = {*owners, wire}
        self._emit, self._owners, self._wire, self._addresses = emit, set(owners), wire, set(addresses)
        self._held: dict[str, set[str]] = {owner: set() for owner in owners}
        self._neighbours: dict[str, tuple[str | None, str]] = {}
        self._selector = selectors.DefaultSelector()
        self._todo: deque[Callable[[], None]] = deque()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)  # noqa: FBT003 -- its own signature
        self._selector.register(self._woken, selectors.EVENT_READ, self._do_what_is_to_do)
        self._stopping = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="watch")
        self._thread.start()

    def follow(self, init: Init, *, from_the_start: bool) -> None:
        """Watch a node that runs; returns when nothing that happens there is missed any more.

        *from_the_start*: addresses that it has already are `present`; else (started since) `added`.
        """
        sources = in_network_of(init.pid, partial(self._open, init))
        followed = threading.Event()
        self._todo.append(partial(self._follow, init, sources, from_the_start, followed))
        self._wake.send(b".")
        if not followed.wait(_FOLLOW_S) or self._error:
            raise Refused(f"the watch does not follow {init.node}: {self._error or 'it hangs'}")

    def stop(self) -> None:
        """Report what has arrived, then close everything."""
        self._stopping = True
        self._wake.send(b".")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._close(key.fileobj)
        self._selector.close()
        self._wake.close()
        if self._error:
            raise Refused(f"the watch broke off: {self._error}")

    def _open(self, init: Init) -> list[tuple[socket.socket, Callable[[socket.socket], None]]]:
        opened: list[tuple[socket.socket, Callable[[socket.socket], None]]] = []
        if init.node in self._owners:
            opened.append((netlink.subscribe(netlink.ADDRESS_GROUP), partial(self._addresses_change, init)))
        if init.node == self._wire:
            opened.append(
                (netlink.subscribe(netlink.NEIGHBOUR_GROUP), partial(self._neighbours_change, init))
            )
            opened.append((arp.listen(), self._frame_arrives))
        return opened

    def _follow(
        self,
        init: Init,
        sources: list[tuple[socket.socket, Callable[[socket.socket], None]]],
        from_the_start: bool,  # noqa: FBT001 -- a positional argument of a partial
        followed: threading.Event,
    ) -> None:
        for source, react in sources:
            self._selector.register(source, selectors.EVENT_READ, partial(react, source))
        death = init.death()
        closing = [source for source, _ in sources]
        self._selector.register(death, selectors.EVENT_READ, partial(self._died, init.node, death, closing))
        try:
            self._look(init, "present" if from_the_start else "added")
        finally:
            followed.set()

    def _look(self, init: Init, state: str) -> None:
        """Report what is there by now, as far as it is news."""
        try:
            if init.node in self._owners:
                for found in in_network_of(init.pid, netlink.addresses):
                    self._address(init.node, found, state)
            if init.node == self._wire:
                for entry in in_network_of(init.pid, partial(netlink.dump, netlink.GET_NEIGHBOUR)):
                    if isinstance(entry, netlink.Neighbour):
                        self._neighbour(entry)
        except NodeGone:
            return  # its end is reported by its own event

    def _run(self) -> None:
        try:
            self._poll()
        except Exception as error:  # noqa: BLE001 -- it is raised again where the watch is stopped
            self._error = error

    def _poll(self) -> None:
        while True:
            stopping = self._stopping
            ready = self._selector.select(0 if stopping else None)
            for key, _ in ready:
                if self._selector.get_map().get(key.fd) is key:  # not closed by one before it
                    key.data()
            if stopping and not any(key.fileobj is not self._woken for key, _ in ready):
                return

    def _do_what_is_to_do(self) -> None:
        self._woken.recv(4096)
        while self._todo:
            self._todo.popleft()()

    def _addresses_change(self, init: Init, changes: socket.socket) -> None:
        for message in self._received(init, changes):
            if isinstance(message, netlink.Address):
                self._address(init.node, message, "added")

    def _neighbours_change(self, init: Init, changes: socket.socket) -> None:
        for message in self._received(init, changes):
            if isinstance(message, netlink.Neighbour):
                self._neighbour(message)

    def _received(self, init: Init, changes: socket.socket) -> list[netlink.Address | netlink.Neighbour]:
        try:
            return netlink.parse(changes.recv(65536))
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            self._look(init, "added")  # the kernel lost some changes: compare
            return []

    def _address(self, node: str, seen: netlink.Address, state: str) -> None:
        held = self._held[node]
        if seen.address not in self._addresses or seen.added == (seen.address in held):
            return
        (held.add if seen.added else held.discard)(seen.address)
        self._report("address", node=node, address=seen.address, state=state if seen.added else "removed")

    def _neighbour(self, seen: netlink.Neighbour) -> None:
        if seen.address in self._addresses and self._neighbours.get(seen.address) != (seen.mac, seen.state):
            self._neighbours[seen.address] = (seen.mac, seen.state)
            self._report("neighbour", node=self._wire, address=seen.address, mac=seen.mac, state=seen.state)

    def _frame_arrives(self, frames: socket.socket) -> None:
        frame = arp.parse_frame(frames.recv(2048))
        if frame is None or "0.0.0.0" in {frame.sender_ip, frame.target_ip}:  # noqa: S104 -- the sidecar's own
            return
        if {frame.sender_ip, frame.target_ip} & self._addresses:
            self._report(
                "arp",
                op=frame.op,
                sender_mac=frame.sender_mac,
                sender_ip=frame.sender_ip,
                target_ip=frame.target_ip,
                gratuitous=frame.gratuitous,
            )

    def _died(self, node: str, death: int, sources: list[socket.socket]) -> None:
        self._close(death)
        for source in sources:
            self._close(source)
        for address in sorted(self._held.get(node, ())):
            self._report("address", node=node, address=address, state="removed")
        if node in self._held:
            self._held[node] = set()

    def _close(self, source: Any) -> None:  # noqa: ANN401 -- a socket or a file descriptor
        self._selector.unregister(source)
        if isinstance(source, int):
            os.close(source)
        else:
            source.close()

    def _report(self, kind: str, **fact: object) -> None:
        self._emit({"t": kind, "at_ns": time.monotonic_ns(), **fact})
