"""What goes wrong with a share."""

from __future__ import annotations

LOGON_FAILURE = 0xC000006D
ACCESS_DENIED = 0xC0000022
NO_SUCH_FILE = 0xC0000034
NOT_SUPPORTED = 0xC00000BB


class Refused(Exception):  # noqa: N818 -- an outcome
    """The server said no; its text is `smb` and the status as the standard has it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"smb {status:08x}")
        self.status = status


class Garbled(Exception):  # noqa: N818 -- an outcome
    """What arrived is no answer, or its signature is not that of who knows the key."""
