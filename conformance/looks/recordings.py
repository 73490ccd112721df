"""What a web server says to who leaves a recording, or wants to hear one.

Asked: requests (list of {method, url, cookie, content: hex digits, or null}). Said: for each {status, server:
who answered, or null; sha256: of what it sent}, or {error: what came instead of an answer}.
"""

import hashlib
import json
import sys
import urllib.error
import urllib.request
from typing import Any

PATIENCE_S = 3.0


def answered(request: "dict[str, Any]") -> "dict[str, Any]":
    """Return what one request gets."""
    content = None if request["content"] is None else bytes.fromhex(request["content"])
    ask = urllib.request.Request(request["url"], method=request["method"], data=content)
    ask.add_header("Cookie", request["cookie"])
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            ask, timeout=PATIENCE_S
        ) as answer:
            return said(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return said(error.code, error.headers, error.read())
    except OSError as error:
        return {"error": str(getattr(error, "reason", error))}


def said(status: int, headers: Any, content: bytes) -> "dict[str, Any]":  # noqa: ANN401 -- of several classes
    """Return an answer in the form in which it is told."""
    server = headers.get("X-Jtel-Server")
    return {"status": status, "server": server, "sha256": hashlib.sha256(content).hexdigest()}


json.dump([answered(request) for request in json.load(sys.stdin)["requests"]], sys.stdout)
