"""What one http request gets, with and without credentials.

Asked: requests (list of {url, user, password}; user null: without). Said: for each its status, or an error
word: `refused`, `silent`, `no route`, `no such name`, or the error's text.
"""

import base64
import json
import socket
import sys
import urllib.error
import urllib.request
from typing import Any

PATIENCE_S = 2.0


def word(error: OSError) -> str:
    """Return the word for a failed connection."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ConnectionRefusedError):
        return "refused"
    if isinstance(reason, socket.gaierror):
        return "no such name"
    if isinstance(reason, (TimeoutError, socket.timeout)):
        return "silent"
    if isinstance(reason, OSError) and reason.errno in (101, 113):
        return "no route"
    return str(reason)


def answered(request: dict[str, Any]) -> "int | str":
    """Return status or word."""
    ask = urllib.request.Request(request["url"])
    if request.get("user") is not None:
        pair = ":".join((request["user"], request["password"])).encode()
        ask.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            ask, timeout=PATIENCE_S
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return word(error)


json.dump([answered(request) for request in json.load(sys.stdin)["requests"]], sys.stdout)
