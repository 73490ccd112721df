"""A telephony server in memory: the settings of its file, and those that it obeys."""

import dataclasses
from collections.abc import Callable, Sequence

from topologies.system import Completed

DONE = Completed(0, "", "")
PROGRAM = "jtel-telephony"


def _in_order() -> dict[str, str]:
    return {"reject": "0", "silent_calls": "false"}


@dataclasses.dataclass
class TelephonyServer:
    """How it is."""

    file: dict[str, str] = dataclasses.field(default_factory=_in_order)
    obeyed: dict[str, str] = dataclasses.field(default_factory=_in_order)

    def carry_out(self, argv: Sequence[str], do: Callable[[str], bool]) -> Completed | None:
        """Answer a command like a server in this condition; None: the command is none for it."""
        match argv:
            case ["python3", "-m", "jtel_telephony.calling"]:
                return Completed(0, f"{self._status()}\n", "")
            case ["sed", "--in-place", replace, "/etc/jtel/telephony.toml"]:
                _, pattern, setting, _ = replace.split("/")
                name, value = setting.split(" = ")
                assert pattern == f"^{name} = [^ ]*"
                if do("sed"):
                    self.file[name] = value
                return DONE
        return None

    def read_again(self) -> None:
        """Obey the file."""
        self.obeyed = dict(self.file)

    def _status(self) -> str:
        if self.obeyed["reject"] != "0":
            return self.obeyed["reject"]
        return "100" if self.obeyed["silent_calls"] == "true" else "488"
