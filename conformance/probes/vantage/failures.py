"""How operations fail: the error words of the history."""

from __future__ import annotations

import errno
import ssl

WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "no route",
    errno.ENETUNREACH: "no route",
    errno.ENETDOWN: "no route",
    errno.EPERM: "no route",  # a packet filter of the vantage itself refused to send
    errno.ETIMEDOUT: "connect timeout",
}


class Failure(Exception):  # noqa: N818 -- an outcome, as in the history
    """The operation failed; its text is one of the error words of the history."""


class Torn(Exception):  # noqa: N818 -- an outcome, as in the history
    """What arrived is not, or not wholly, an answer."""


def word_for(error: OSError) -> str:
    """Return the history's word for a socket error.

    Raises:
        OSError: the error is the vantage's own trouble (no ports, no descriptors) and proves nothing.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"tls: {(error.reason or error.strerror or 'failed').replace('_', ' ').lower()}"
    if error.errno not in WORDS:
        raise error
    return WORDS[error.errno]
