"""What goes wrong with a share, in three kinds."""

from __future__ import annotations

from smbprotocol.header import NtStatus

NO_SUCH_USER = 0xC0000064
NAMES = {value: name for name, value in vars(NtStatus).items() if name.startswith("STATUS_")}
NAMES[NO_SUCH_USER] = "STATUS_NO_SUCH_USER"  # smbprotocol does not know it


class Trouble(Exception):  # noqa: N818 -- an outcome
    """An operation did not end well; the text says how, and an `OSError` behind it is its cause."""


class Unsent(Trouble):
    """Nothing of the operation was sent: it has surely had no effect."""


class Unanswered(Trouble):
    """The operation was sent and not wholly answered: nobody knows whether it took effect."""


class Refused(Trouble):
    """The server said no; the text is `smb` and the status by its name, or its eight digits."""

    def __init__(self, status: int, *, has_begun: bool = False) -> None:
        super().__init__(f"smb {NAMES.get(status, f'{status:08x}')}")
        self.status = status
        self.has_begun = has_begun
        """Whether a part of the operation was carried out before."""

    @property
    def is_missing(self) -> bool:
        """Whether there is no such file."""
        return bool(self.status == NtStatus.STATUS_OBJECT_NAME_NOT_FOUND)


UNREACHABLE = (Unsent, Unanswered)
"""What is raised where the storage is out of reach, or breaks off."""
