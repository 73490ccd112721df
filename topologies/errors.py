"""Everything that can go wrong before a requirement is judged.

    ConformanceError                 one sentence: what, where, what to do
    ├── UsageError                   the command or a file that it names is wrong
    │   ├── TopologyError            a topology or target file is not valid
    │   └── DefectError              a defect no longer fits its topology
    └── LabError                     the lab or the target could not be had, or was lost
        ├── EngineError              no container engine answers, or it refused
        │   └── GhostNetwork         it keeps a network on which nothing is
        ├── SetUpError               a package, image or tool could not be installed
        ├── NodeUnreachable          a node did not carry out a command
        ├── NotReady                 a condition was not reached within our patience
        └── FaultDidNotTakeHold      an injected fault left no trace

None of them is an AssertionError: that one means that a requirement is violated.
"""


class ConformanceError(Exception):
    """Base of every error that the suite raises; its text is one sentence for the user."""


class UsageError(ConformanceError):
    """The command line, or a file that it names, is wrong."""


class TopologyError(UsageError):
    """A topology or target file is not valid."""


class DefectError(UsageError):
    """A defect does not fit the topology that it names."""


class LabError(ConformanceError):
    """The lab or the target could not be had, or was lost."""


class EngineError(LabError):
    """No container engine answers, or it refused a request."""


class GhostNetwork(EngineError):  # noqa: N818 -- it says what is the matter
    """The engine counts users of a network on which nothing is; only its restart corrects that."""


class SetUpError(LabError):
    """A package, an image or a tool could not be installed."""


class NodeUnreachable(LabError):  # noqa: N818 -- it says what is the matter
    """A node did not carry out a command."""


class NotReady(LabError):  # noqa: N818 -- it says what is the matter
    """A condition was not reached within our patience."""


class FaultDidNotTakeHold(LabError):  # noqa: N818 -- it says what is the matter
    """An injected fault left no trace, so nothing can be concluded from it."""
