"""The topology `sip-proxy` with another transport between PBX and proxies."""

from topologies import loading
from topologies.document import Document
from topologies.model import Topology
from topologies.trunk import Transport


def over(transport: Transport) -> Topology:
    """Return `sip-proxy` with this transport between PBX and proxies."""
    found = loading.find("sip-proxy")
    return loading.validated(found.patched(Document(found.path, {"trunk": {"transport": transport}}, {})))
