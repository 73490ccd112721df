"""Whether a server of files agrees to SMB 1, offered alone (MS-CIFS, 2.2.4.52).

Asked: address, port. Said: result (`accepted`, `refused` or `unreachable`) and error (what came instead of an
answer, or null).
"""

import json
import socket
import struct
import sys

PATIENCE_S = 2.0
FRAME = 4
"""Bytes of length before a message."""
NOTHING = 0xFFFF
"""The server's choice where it likes none of the dialects."""
WORDS = 32
"""Where the answer's words begin, behind its head."""


def negotiation() -> bytes:
    """Return the request that offers SMB 1 and nothing else."""
    dialects = b"\x02NT LM 0.12\0"
    head = b"\xffSMB\x72" + struct.pack("<IBH12xHHHH", 0, 0x18, 0x4801, 0, 1, 0, 1)
    message = head + b"\0" + struct.pack("<H", len(dialects)) + dialects
    return struct.pack(">I", len(message)) + message


def received(connection: socket.socket) -> bytes:
    """Return one message; what there is of it, where the connection ends before."""
    buffer = b""
    while len(buffer) < FRAME or len(buffer) < FRAME + int.from_bytes(buffer[:FRAME], "big"):
        piece = connection.recv(4096)
        if not piece:
            break
        buffer += piece
    return buffer[FRAME:]


def answered(address: str, port: int) -> "tuple[str, str | None]":
    """Return the result, and what came instead of an answer."""
    try:
        connection = socket.create_connection((address, port), PATIENCE_S)
    except OSError as error:
        return "unreachable", str(error)
    with connection:
        try:
            connection.sendall(negotiation())
            answer = received(connection)
        except ConnectionResetError:
            return "refused", "reset"
        except OSError as error:
            return "unreachable", str(error)
    if not answer:
        return "refused", "closed"
    if not answer.startswith(b"\xffSMB\x72") or len(answer) < WORDS + 3:
        return "unreachable", f"another protocol: {answer[:8].hex()}"
    status, choice = struct.unpack_from("<I", answer, 5)[0], struct.unpack_from("<H", answer, WORDS + 1)[0]
    return ("refused", None) if status or choice == NOTHING else ("accepted", None)


asked = json.load(sys.stdin)
result, trouble = answered(asked["address"], asked["port"])
json.dump({"result": result, "error": trouble}, sys.stdout)
