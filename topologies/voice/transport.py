"""Datagrams for sippy: one socket that never blocks, read by the loop, with a log of what goes over it."""

import contextlib
import socket
from collections.abc import Callable, Collection
from typing import Any, Literal

from sippy.Network_server import Network_server, Remote_address
from sippy.SipTransactionManager import SipTransactionManager
from sippy.Time.MonoTime import MonoTime
from sippy.Udp_server import Udp_server_opts

from topologies.voice.loop import LOOP

Address = tuple[str, int]
Log = Callable[[Literal["in", "out"], Address, bytes], None]
"""Told of every datagram: its direction, the other side, and what is in it."""
LOG = "_jtel_log"
"""Where sippy's configuration has the log."""
RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
LONGEST_DATAGRAM = 65535
AT_ONCE = 64
"""So many datagrams are read before timers are looked at again."""


class Datagrams(Network_server):  # type: ignore[misc]  # sippy has no types
    """What sippy sends and receives with.

    An address that cannot be reached is like one that does not answer: SIP sends again, and gives up in time.
    """

    transport = "udp"

    def __init__(self, global_config: dict[str, Any], uopts: Any) -> None:  # noqa: ANN401 -- sippy's
        super().__init__(uopts)
        self._log: Log | None = global_config.get(LOG)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        address, port = self.uopts.laddress
        self._socket.bind((address, int(port)))
        LOOP.watch(self._socket.fileno(), self._read)

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, peer = self._socket.recvfrom(LONGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue
            if self._log:
                self._log("in", peer, data)
            with contextlib.suppress(UnicodeDecodeError):  # no SIP
                self.uopts.data_callback(data, Remote_address(peer, self.transport), self, MonoTime())

    def send_to(self, data: bytes | str, address: Any, delayed: bool = False) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Send one datagram, or lose it."""
        content = data if isinstance(data, bytes) else data.encode()
        peer = (address[0], int(address[1]))
        if self._log:
            self._log("out", peer, content)
        with contextlib.suppress(OSError):
            self._socket.sendto(content, peer)

    def join(self) -> None:
        """Do nothing: there are no threads."""

    def shutdown(self) -> None:
        """Close the socket."""
        LOOP.forget(self._socket.fileno())
        self._socket.close()
        self.uopts.data_callback = None


class Transactions(SipTransactionManager):  # type: ignore[misc]
    """sippy's transactions, over `Datagrams`, and for those alone whom we know."""

    model_udp_server = (Datagrams, Udp_server_opts)

    def __init__(
        self,
        global_config: dict[str, Any],
        req_cb: Callable[[Any, Any], Any],
        sources: Collection[str] | None = None,
    ) -> None:
        """Begin; *sources* are the addresses whose requests are served, None stands for all."""
        self._sources = sources
        super().__init__(global_config, req_cb)

    def incomingRequest(self, msg: Any, checksum: Any, tids: Any, server: Any) -> None:  # noqa: ANN401, N802
        """Take a request; one of a stranger is refused, and leaves the call that it names alone.

        An ACK has no answer; a stranger's is lost.
        """
        if self._sources is None or msg.getSource()[0] in self._sources:
            super().incomingRequest(msg, checksum, tids, server)
        elif msg.getMethod() != "ACK":
            refusal = msg.genResponse(403, "Forbidden")
            if refusal.getHFBody("to").getTag() is None:
                refusal.getHFBody("to").genTag()
            self.transmitMsg(server, refusal, refusal.getHFBody("via").getTAddr(), checksum)

    def newTransaction(self, msg: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401, N802
        """Begin a transaction; sippy does not know that `;transport=UDP` in a contact is as good as `udp`."""
        address, transport = msg.getTarget()
        msg.setTarget((address, str(transport).lower()))
        return super().newTransaction(msg, *arguments, **options)

    def give_up(self, transaction: Any) -> None:  # noqa: ANN401
        """Send the request of a transaction no more, and be deaf to its answer."""
        for name in ("teA", "teB", "teC"):
            if timer := getattr(transaction, name, None):
                timer.cancel()
        if self.tclient.pop(transaction.tid, None) is not None:
            transaction.cleanup()
