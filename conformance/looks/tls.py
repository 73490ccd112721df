"""Which certificate a server shows, whether it can be trusted, and which TLS versions it speaks.

Asked: address, port, name (to verify), ca (PEM). Said: certificate (error, or der in base64 and verified),
versions ({"1.0": "accepted" | "refused" | "not offered"}); not offered: this client cannot try it, or nobody
listens.
"""

import base64
import json
import socket
import ssl
import sys
from typing import Any

PATIENCE_S = 3.0
VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
OUR_OWN_REFUSAL = ("NO_PROTOCOLS_AVAILABLE", "UNSUPPORTED_PROTOCOL", "NO_CIPHERS_AVAILABLE")


def shaken(asked: dict[str, Any], context: ssl.SSLContext) -> ssl.SSLSocket:
    """Return the connected TLS socket."""
    plain = socket.create_connection((asked["address"], asked["port"]), PATIENCE_S)
    return context.wrap_socket(plain, server_hostname=asked["name"])


def certificate(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the certificate that is shown, and whether it can be verified for the name."""
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE
    try:
        with shaken(asked, bare) as stream:
            shown = base64.b64encode(stream.getpeercert(binary_form=True) or b"").decode()
    except OSError as error:
        return {"error": str(error)}
    try:
        with shaken(asked, ssl.create_default_context(cadata=asked["ca"])):
            return {"der": shown, "verified": True}
    except OSError:
        return {"der": shown, "verified": False}


def speaks(asked: dict[str, Any], version: ssl.TLSVersion) -> str:
    """Try one version alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with shaken(asked, context):
            return "accepted"
    except ssl.SSLError as error:
        return "not offered" if error.reason in OUR_OWN_REFUSAL else "refused"
    except ConnectionResetError:
        return "refused"
    except OSError:
        return "not offered"


def main() -> None:
    """Look and say."""
    asked = json.load(sys.stdin)
    said = {"certificate": certificate(asked)}
    said["versions"] = {name: speaks(asked, version) for name, version in VERSIONS.items()}
    json.dump(said, sys.stdout)


main()
