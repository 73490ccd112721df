"""The wire of http and https."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage import http_answers
from conformance.probes.vantage.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable


class HttpWire(Wire):
    """A connection to a web server, with TLS where a context is given."""

    __slots__ = ("_tls",)

    WAITS = (*Wire.WAITS, ssl.SSLWantReadError, ssl.SSLWantWriteError)
    ENDS = (*Wire.ENDS, ssl.SSLZeroReturnError, ssl.SSLEOFError)

    def __init__(self, address: tuple[str, int], tls: tuple[ssl.SSLContext, str] | None) -> None:
        super().__init__(address)
        self._tls = tls

    def open(self) -> None:
        """Agree on TLS."""
        if self._tls is None:
            return
        if not isinstance(self.sock, ssl.SSLSocket):
            context, name = self._tls
            self.sock = context.wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def read(self, *, ended: bool) -> http_answers.Answer | None:
        """Return the answer once it is whole."""
        return http_answers.read(self.received, ended=ended)

    @property
    def is_reusable(self) -> bool:
        """Whether the answer lets the connection live."""
        answer: http_answers.Answer | None = self.answer
        return answer is not None and answer.headers.get(b"connection", b"").lower() != b"close"

    @property
    def opening(self) -> str:
        """TLS is all that opens."""
        return "tls"

    def torn_word(self) -> str:
        """Tell an end during the handshake from one during the answer."""
        return "torn answer" if self.phase != "tls" else "tls: closed during the handshake"

    def timeout_word(self) -> str:
        """Tell a handshake that took too long from an answer that did."""
        return "tls: handshake timeout" if self.phase == "tls" else super().timeout_word()


def dialler(settings: dict[str, Any]) -> Callable[[str], HttpWire]:
    """Return what opens a connection to an address, as *settings* say."""
    port = settings["port"]
    tls = None
    if settings["scheme"] == "https":
        tls = (tls_context(settings["ca_file"], verify=settings["verify"]), settings["host"])
    return lambda address: HttpWire((address, port), tls)


def tls_context(ca_file: str | None, *, verify: bool = True) -> ssl.SSLContext:
    """Return a context that verifies chain and name; without *ca_file* against the system's trust store."""
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
