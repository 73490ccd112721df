"""Files while nothing fails: every component gets to the storage, and nobody else does."""

from conformance.checkers.appended import RecordsAppended
from conformance.checkers.files import FilesExchanged
from conformance.checkers.recordings import RecordingsPlayed
from conformance.checkers.strangers import StrangersRefused
from conformance.expected import documented
from conformance.marks import requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import files, strangers
from topologies.lab import Lab
from topologies.model import Role


@requirement("FIL-1")
def test_what_one_node_writes_every_other_reads(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Every node that uses the storage writes there by acd-store, and every other reads the same."""
    with open_case("files written and read by acd-store") as case:
        files.record_exchange(system, case, "write")

        judge(case, FilesExchanged(writers=files.writers(system), readers=files.readers(system)))


@requirement("FIL-1")
def test_what_one_node_appends_every_other_reads(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Records that one node appends to a file are all there, once and whole, for every other node."""
    with open_case("records appended by acd-store") as case:
        files.record_exchange(system, case, "append")

        judge(case, RecordsAppended(writers=files.writers(system), readers=files.readers(system)))


@requirement("FIL-1")
def test_recordings_are_played_wherever_they_were_made(
    system: Lab, open_case: OpenCase, judge: Judge
) -> None:
    """What a telephony server records of its calls, and what a web server keeps, every web server plays."""
    told = documented(system.topology, system.defect)
    webs, telephony_servers = told.with_role(Role.WEB), told.with_role(Role.TELEPHONY)
    with open_case("recordings") as case:
        files.record_recordings(system, case)

        judge(case, RecordingsPlayed(writers=(*webs, *telephony_servers), players=tuple(webs)))


@requirement("FIL-2")
def test_strangers_are_refused(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Guests, wrong passwords and SMB 1 are refused; who has the right password is let in."""
    with open_case("who gets to the share") as case:
        refused = strangers.record(system, case)

        judge(case, StrangersRefused(strangers=refused))
