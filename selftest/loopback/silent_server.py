"""A web server that goes silent on command and stamps the truth itself: `silent MODE MS` on stdin.

It runs as a process of its own (`python3 silent_server.py [CERTIFICATE]`): it must not disturb the probe. It
prints its port first, then for each command {"mode", "began_ns", "ended_ns"}: CLOCK_MONOTONIC just before
and just after the time during which nobody was served.

    refuse    the port is closed: connections are refused
    reset     connections are accepted and reset
    discard   connections are accepted; what was asked meanwhile is never answered
    freeze    like SIGSTOP: what was asked meanwhile is answered afterwards
    deaf      connections are not accepted; those beyond the backlog get no answer to their SYN
    503       a prompt refusal
"""

import collections
import contextlib
import json
import select
import socket
import ssl
import struct
import sys
import time

BODY = b'{"server": "loop1"}'
OK = b"HTTP/1.1 200 OK\r\nX-Jtel-Server: loop1\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
RESET = struct.pack("ii", 1, 0)


class SilentServer:
    """One listening socket, and the connections of it, in one loop."""

    def __init__(self, certificate: str | None) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(certificate)
        self._epoll = select.epoll()
        self._epoll.register(0, select.EPOLLIN)
        self._clients: dict[int, socket.socket] = {}
        self._asked: collections.deque[int] = collections.deque()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self.mode = ""
        self._silent: tuple[str, int] | None = None

    def _listen(self, port: int, backlog: int = 512) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(backlog)
        listener.setblocking(False)  # noqa: FBT003 -- the standard library's
        self._epoll.register(listener.fileno(), select.EPOLLIN)
        return listener

    def run(self) -> None:
        """Serve until stdin is closed."""
        while True:
            for fd, _ in self._epoll.poll():
                if fd == 0:
                    command = sys.stdin.readline().split()
                    if not command:
                        return
                    self._silence(command[1], float(command[2]) / 1000)
                else:
                    self._handle(fd)

    def _silence(self, mode: str, seconds: float) -> None:
        began_ns = time.monotonic_ns()
        self._begin(mode)
        end_s = began_ns / 1e9 + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            if mode in {"freeze", "deaf", "refuse"}:
                select.select([], [], [], left_s)
            elif select.select([self._epoll], [], [], left_s)[0]:
                for fd, _ in self._epoll.poll(0):
                    if fd != 0:
                        self._handle(fd)
        ended_ns = time.monotonic_ns()
        self._end(mode)
        self._silent = (mode, began_ns)
        if mode not in {"freeze", "deaf"}:
            self._tell(ended_ns)

    def _tell(self, ended_ns: int) -> None:
        if self._silent is not None:
            mode, began_ns = self._silent
            line = {"mode": mode, "began_ns": began_ns, "ended_ns": ended_ns}
            self._silent = None
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()

    def _begin(self, mode: str) -> None:
        self.mode = mode
        if mode == "refuse":
            self._listener.close()
            for fd in list(self._clients):
                self._reset(fd)
        elif mode == "deaf":
            self._listener.listen(1)

    def _end(self, mode: str) -> None:
        self.mode = ""
        if mode == "refuse":
            self._listener = self._listen(self.port)
        elif mode == "deaf":
            self._listener.listen(512)

    def _handle(self, fd: int) -> None:
        if fd == self._listener.fileno():
            with contextlib.suppress(BlockingIOError):
                while True:
                    self._accept(self._listener.accept()[0])
        elif fd in self._clients:
            self._answer(fd)

    def _accept(self, client: socket.socket) -> None:
        while len(self._asked) > 4000:
            self._clients.pop(self._asked.popleft()).close()
        if self.mode == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        if self.mode == "discard":
            self._clients[client.fileno()] = client
            self._asked.append(client.fileno())
            return
        if self._tls:
            client.settimeout(2)
            try:
                client = self._tls.wrap_socket(client, server_side=True)
            except OSError:  # the client gave up in the middle of the handshake
                client.close()
                return
        client.setblocking(False)  # noqa: FBT003 -- the standard library's
        self._clients[client.fileno()] = client
        self._epoll.register(client.fileno(), select.EPOLLIN)

    def _answer(self, fd: int) -> None:
        client = self._clients[fd]
        if self.mode == "discard":
            self._epoll.unregister(fd)  # neither answered nor reset: its client waits in vain
            self._asked.append(fd)
            return
        try:
            asked = client.recv(65536)
            if asked:
                self._tell(time.monotonic_ns())  # behind a queue of connections, only now somebody is served
                client.sendall(REFUSAL if self.mode == "503" else OK)
                if b"Connection: close" not in asked:
                    return
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:  # the client is gone
            asked = b""
        self._clients.pop(fd).close()

    def _reset(self, fd: int) -> None:
        client = self._clients.pop(fd)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()


if __name__ == "__main__":
    server = SilentServer(sys.argv[1] if len(sys.argv) > 1 else None)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.run()
