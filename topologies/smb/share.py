"""A share: files that are written, appended to, read and listed, each until a deadline.

`until_s` is a time on time.monotonic. After a `Trouble` the operation is over, and `is_alive` tells whether
the connection is as well.
"""

from __future__ import annotations

from typing import Any

from smbprotocol.file_info import FileInformationClass
from smbprotocol.header import NtStatus
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    DirectoryAccessMask,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    ShareAccess,
    SMB2CreateResponse,
    SMB2QueryDirectoryRequest,
    SMB2QueryDirectoryResponse,
    SMB2ReadResponse,
)

from topologies.smb.link import Link
from topologies.smb.trouble import Refused

LARGEST = 65536
"""Bytes that one request writes or reads at most."""
EVERYBODY = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
NAMES = FileInformationClass.FILE_NAMES_INFORMATION


class Share(Link):
    """A share of a server, for one operation at a time."""

    def write(self, name: str, content: bytes, until_s: float, *, anew: bool = True) -> None:
        """Write the whole of a file and have it flushed, in one compound.

        anew: whether a file that is there already is an error; otherwise it is replaced.

        Raises:
            ValueError: the content is longer than `LARGEST`.
            Trouble: as its kinds say.
        """
        _must_fit(name, content)
        how = CreateDisposition.FILE_CREATE if anew else CreateDisposition.FILE_OVERWRITE_IF
        with self._ended_by(until_s):
            file = Open(self._tree, name)
            create = _create(file, FilePipePrinterAccessMask.FILE_WRITE_DATA, how)
            self._asked(create, *_written(file, content, 0))

    def append(self, name: str, record: bytes, until_s: float) -> None:
        """Write *record* at the end of a file, which is made where there is none, and have it flushed.

        The end is looked up before, so a file should have one writer.

        Raises:
            ValueError: the record is longer than `LARGEST`.
            Trouble: as its kinds say.
        """
        _must_fit(name, record)
        with self._ended_by(until_s):
            file = Open(self._tree, name)
            mask = FilePipePrinterAccessMask.FILE_WRITE_DATA
            end = self._opened(file, _create(file, mask, CreateDisposition.FILE_OPEN_IF))
            try:
                self._asked(*_written(file, record, end), is_one=False)
            except Refused as refusal:
                raise Refused(refusal.status, has_begun=True) from None

    def read(self, name: str, until_s: float) -> bytes:
        """Return the content of a file.

        Raises:
            Trouble: as its kinds say.
        """
        content = b""
        with self._ended_by(until_s):
            while len(content) % LARGEST == 0:  # a shorter piece is the last one
                file = Open(self._tree, name)
                create = _create(file, FilePipePrinterAccessMask.FILE_READ_DATA, CreateDisposition.FILE_OPEN)
                read, close = file.read(len(content), LARGEST, send=False)[0], file.close(send=False)[0]
                try:
                    answers = self._asked(create, read, close)
                except Refused as refusal:
                    if refusal.status != NtStatus.STATUS_END_OF_FILE:
                        raise
                    break
                content += _understood(SMB2ReadResponse(), answers[1])["buffer"].get_value()
        return content

    def names(self, until_s: float) -> list[str]:
        """Return the names of all files, and of folders.

        Raises:
            Trouble: as its kinds say.
        """
        found: list[str] = []
        with self._ended_by(until_s):
            folder = Open(self._tree, "")
            mask, option = DirectoryAccessMask.FILE_LIST_DIRECTORY, CreateOptions.FILE_DIRECTORY_FILE
            self._opened(folder, _create(folder, mask, CreateDisposition.FILE_OPEN, option))
            while True:
                try:
                    (answer,) = self._asked(folder.query_directory("*", NAMES, send=False)[0])
                except Refused as refusal:
                    if refusal.status != NtStatus.STATUS_NO_MORE_FILES:
                        raise
                    break
                data = _understood(SMB2QueryDirectoryResponse(), answer)["buffer"].get_value()
                entries = SMB2QueryDirectoryRequest.unpack_response(NAMES, data)
                found += [entry["file_name"].get_value().decode("utf-16-le") for entry in entries]
            self._asked(folder.close(send=False)[0])
        return sorted(name for name in found if name not in {".", ".."})

    def _opened(self, file: Any, create: Any) -> int:  # noqa: ANN401 -- smbprotocol's
        """Open *file* by a request of its own, and return where it ends; nothing was written by that."""
        (answer,) = self._asked(create)
        self.sent_ns = None
        found = _understood(SMB2CreateResponse(), answer)
        file.file_id = found["file_id"].get_value()
        return int(found["end_of_file"].get_value())


def _must_fit(name: str, content: bytes) -> None:
    if len(content) > LARGEST:
        raise ValueError(f"{name}: {len(content)} bytes; at most {LARGEST} are written")


def _create(
    file: Any,  # noqa: ANN401 -- smbprotocol's
    mask: int,
    how: int,
    option: int = CreateOptions.FILE_NON_DIRECTORY_FILE,
) -> Any:  # noqa: ANN401
    usual = FileAttributes.FILE_ATTRIBUTE_NORMAL
    return file.create(ImpersonationLevel.Impersonation, mask, usual, EVERYBODY, how, option, send=False)[0]


def _written(file: Any, content: bytes, at: int) -> tuple[Any, Any, Any]:  # noqa: ANN401 -- smbprotocol's
    """Return the requests that write into an open file, flush it and close it."""
    return file.write(content, at, send=False)[0], file.flush(send=False)[0], file.close(send=False)[0]


def _understood(response: Any, answer: Any) -> Any:  # noqa: ANN401 -- smbprotocol's
    response.unpack(answer["data"].get_value())
    return response
