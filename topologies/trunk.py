"""The trunk between the telephone exchanges and the SIP proxy: over which transport both sides speak."""

from ipaddress import IPv4Address
from typing import Literal

from pydantic import BaseModel, ConfigDict

Transport = Literal["udp", "tcp", "tls"]


class Trunk(BaseModel):
    """What a topology says about it; telephony servers speak UDP whatever it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    transport: Transport = "udp"

    @property
    def port(self) -> int:
        """The port on which both sides listen for each other."""
        return 5061 if self.transport == "tls" else 5060

    def socket(self, address: IPv4Address) -> str:
        """Return a socket of *address*, as Kamailio writes it: `tls:198.18.3.61:5061`."""
        return f"{self.transport}:{address}:{self.port}"

    def uri(self, address: IPv4Address) -> str:
        """Return the SIP address of whoever listens at *address*; UDP is what it means without a word."""
        said = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"sip:{address}:{self.port}{said}"
