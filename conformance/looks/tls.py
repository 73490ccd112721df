"""Which certificate a server shows, whether it can be trusted, and which TLS versions it speaks.

Asked: address, port, name (to verify), ca (PEM). Said: certificate (fingerprint_sha256, names, verified,
reason), versions ({"TLSv1": "accepted" | "refused" | "not tried: ..."}).
"""

import hashlib
import json
import socket
import ssl
import sys

PATIENCE_S = 3.0
VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
OUR_OWN_REFUSAL = ("NO_PROTOCOLS_AVAILABLE", "UNSUPPORTED_PROTOCOL", "NO_CIPHERS_AVAILABLE")


def shaken(asked, context):
    """Return the connected TLS socket."""
    plain = socket.create_connection((asked["address"], asked["port"]), PATIENCE_S)
    return context.wrap_socket(plain, server_hostname=asked["name"])


def certificate(asked):
    """Return what is known of the certificate."""
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE
    try:
        with shaken(asked, bare) as stream:
            shown = stream.getpeercert(binary_form=True)
    except OSError as error:
        return {"fingerprint_sha256": None, "names": [], "verified": False, "reason": str(error)}
    strict = ssl.create_default_context(cadata=asked["ca"])
    names, verified, reason = [], True, ""
    try:
        with shaken(asked, strict) as stream:
            names = [value for _, value in stream.getpeercert().get("subjectAltName", ())]
    except OSError as error:
        verified, reason = False, str(error)
    return {
        "fingerprint_sha256": hashlib.sha256(shown).hexdigest(),
        "names": names,
        "verified": verified,
        "reason": reason,
    }


def speaks(asked, version):
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
        ours = error.reason in OUR_OWN_REFUSAL
        return "not tried: this client cannot (%s)" % error.reason if ours else "refused"
    except OSError as error:
        return "refused" if isinstance(error, ConnectionResetError) else "not tried: %s" % error


def main():
    """Look and say."""
    asked = json.loads(sys.argv[1])
    said = {"certificate": certificate(asked)}
    said["versions"] = {name: speaks(asked, version) for name, version in VERSIONS.items()}
    json.dump(said, sys.stdout)


main()
