"""A SIP user agent at one address: it makes calls, takes calls, and answers OPTIONS."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sippy.SipAddress import SipAddress
from sippy.SipConf import SipConf
from sippy.SipContact import SipContact
from sippy.SipFrom import SipFrom
from sippy.SipHeader import SipHeader
from sippy.SipLogger import SipLogger
from sippy.SipRequest import SipRequest
from sippy.SipTo import SipTo
from sippy.SipURL import SipURL

from topologies.voice.call import Address, Call, Credentials, Listener
from topologies.voice.transport import LOG, Log, Transactions

SIP_PORT = 5060


class Agent:
    """A user agent on UDP. It needs an address of its own: sippy would otherwise listen on every one."""

    def __init__(
        self,
        address: str,
        port: int = SIP_PORT,
        *,
        name: str,
        log: Log | None = None,
        accept_from: Collection[str] = (),
    ) -> None:
        """Listen.

        name: what it calls itself in User-Agent and Server;
        log: told of every datagram;
        accept_from: addresses whose requests are served, beside our own; others are refused with 403, also
            within a call. Empty: everybody is served.

        Raises:
            OSError: the address is not ours, or somebody listens there already.
        """
        SipConf.my_uaname = name
        self.address, self.port = address, port
        self.on_call: Callable[[Call], None] | None = None
        """Told of every call that comes in; as long as there is nobody to tell, they are refused with 480."""
        self.configuration: dict[str, Any] = {
            "_sip_address": address,
            "_sip_port": port,
            "_sip_logger": SipLogger(name),
            LOG: log,
        }
        sources = {*accept_from, address} if accept_from else None
        self._transactions = Transactions(self.configuration, self._asked, sources)
        self.configuration["_sip_tm"] = self._transactions

    def call(  # noqa: PLR0913 -- what a call is made of, by name
        self,
        listener: Listener,
        *,
        to: str,
        caller: str,
        next_hop: Address,
        description: str,
        credentials: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """Place a call: `sip:TO@NEXT_HOP`."""
        call = Call(self, listener)
        call.place(
            to=to,
            caller=caller,
            next_hop=next_hop,
            description=description,
            credentials=credentials,
            headers=headers,
        )
        return call

    def request_registration(  # noqa: PLR0913 -- what a registration is made of, by name
        self,
        answered: Callable[[Any], None],
        *,
        registrar: Address,
        number: str,
        expires_s: int,
        call_id: Any,  # noqa: ANN401 -- sippy's
        sequence: int,
        proof: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Send a REGISTER; return its transaction."""
        host, port = registrar
        person = SipAddress(url=SipURL(username=number, host=host, port=None))
        sender = SipFrom(address=person.getCopy())
        sender.genTag()
        contact = SipAddress(url=SipURL(username=number, host=self.address, port=self.port))
        contact.params, contact.params_order = {"expires": str(expires_s)}, ["expires"]
        request = SipRequest(
            method="REGISTER",
            ruri=SipURL(host=host, port=port),
            fr0m=sender,
            to=SipTo(address=person),
            contact=SipContact(address=contact),
            callid=call_id,
            cseq=sequence,
            target=(registrar, "udp"),
        )
        if proof is not None:
            request.appendHeader(SipHeader(body=proof))
        return self._transactions.newTransaction(request, answered)

    def give_up(self, transaction: Any) -> None:  # noqa: ANN401 -- sippy's
        """Wait for the answer to a request no longer."""
        self._transactions.give_up(transaction)

    def _asked(self, request: Any, transaction: Any) -> Any:  # noqa: ANN401 -- sippy's
        """Answer a request outside of any call that is up."""
        method = request.getMethod()
        if method == "OPTIONS":
            return request.genResponse(200, "OK"), None, None
        if request.getHFBody("to").getTag() is not None:
            return request.genResponse(481, "Call/Transaction Does Not Exist"), None, None
        if method != "INVITE":
            return request.genResponse(405, "Method Not Allowed"), None, None
        if self.on_call is None:
            return request.genResponse(480, "Temporarily Unavailable"), None, None
        call = Call(self)
        wanted = call.take(request, transaction)
        self.on_call(call)
        return wanted
