"""Who gets to the share, as smbclient tells it."""

import pytest

from conformance.scenarios.strangers import said_by_smbclient
from topologies.system import Completed


@pytest.mark.parametrize(
    ("done", "result"),
    [
        (Completed(0, "  .   D   0  Mon Nov 23\n", ""), "accepted"),
        (Completed(1, "tree connect failed: NT_STATUS_ACCESS_DENIED\n", ""), "refused"),
        (Completed(1, "session setup failed: NT_STATUS_LOGON_FAILURE\n", ""), "refused"),
        (Completed(1, "do_connect: ... failed (Error NT_STATUS_CONNECTION_REFUSED)\n", ""), "unreachable"),
        (Completed(1, "do_connect: ... failed (Error NT_STATUS_IO_TIMEOUT)\n", ""), "unreachable"),
    ],
)
def test_result_follows_from_what_smbclient_says(done: Completed, result: str) -> None:
    said = said_by_smbclient(done)

    assert said["result"] == result
    assert said["error"] == (None if result == "accepted" else done.stdout.strip())
