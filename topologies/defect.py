"""A defect: a deliberate misconfiguration, declared as a small overlay on a topology.

It is the proof of the checks: a lab that is brought up with it must violate exactly what it names.
"""

import fnmatch
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from topologies import document, loading
from topologies.complaint import complaint
from topologies.document import Document
from topologies.errors import DefectError, TopologyError
from topologies.model import Topology
from topologies.spelling import suggestion

FOLDER = Path(__file__).resolve().parent.parent / "selftest/defects"


def _compilable(pattern: str) -> str:
    try:
        re.compile(pattern, re.MULTILINE)
    except re.error as reason:
        raise ValueError(
            f"{pattern!r} is not a regular expression ({reason}); escape what is literal"
        ) from reason
    return pattern


RequirementId = Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[1-9][0-9]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Strict):
    """A change to one configuration file on some nodes."""

    node: str
    """A node's name, or a pattern such as `lb*`."""
    file: Annotated[str, Field(pattern="^/")]
    """Path on the node."""
    find: Annotated[str, AfterValidator(_compilable)]
    """Regular expression; `^` and `$` match at every line. Every match is replaced."""
    replace: str
    """What stands there instead; `\\1` is the first group."""

    def concerns(self, node: str) -> bool:
        """Tell whether the edit names *node*."""
        return fnmatch.fnmatchcase(node, self.node)

    def applied(self, text: str) -> str | None:
        """Return *text* edited, or None if the edit matches nowhere in it.

        Raises:
            DefectError: `replace` names a group that `find` does not have.
        """
        try:
            edited, count = re.subn(self.find, self.replace, text, flags=re.MULTILINE)
        except (re.error, IndexError) as reason:
            raise DefectError(
                f"replace {self.replace!r} does not fit {self.find!r} ({reason}); correct it"
            ) from reason
        return edited if count else None


class Defect(_Strict):
    """A deliberate misconfiguration of one topology."""

    name: str
    title: str
    topology: str
    violates: tuple[RequirementId, ...] = Field(min_length=1)
    blocks: tuple[RequirementId, ...] = ()
    """Requirements that nothing can be said about while the defect is there: they come out UNKNOWN."""
    shown_by: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], ...] = Field(
        default=(), alias="shown-by"
    )
    """The ways of failing, besides the first of each scenario, without which the defect does not show."""
    why: str
    """One sentence: how the defect comes to violate these requirements."""
    patch: Mapping[str, Any] = Field(default_factory=dict)
    """Merge patch (RFC 7386) on the topology's file: null removes a key, a list replaces the list."""
    edits: tuple[Edit, ...] = ()
    _source: Document | None = PrivateAttr(default=None)

    def topology_with_patch(self) -> Topology:
        """Return the topology that the defect stands on, patched.

        Raises:
            DefectError: the patch no longer makes a valid topology, or an edit names no node of it.
        """
        source = loading.find(self.topology)
        if self.patch:
            source = source.patched(self._document(), at=("patch",))
        try:
            topology = loading.validated(source)
        except TopologyError as reason:
            raise DefectError(f"defect {self.name!r} no longer fits: {reason}") from reason
        for index, edit in enumerate(self.edits):
            if not any(edit.concerns(node) for node in topology.nodes):
                raise self._no_longer_fits(index, f"{edit.node!r} names no node of {list(topology.nodes)}")
        return topology

    def edited(self, node: str, path: str, text: str) -> str:
        """Return what the file *path* of *node* is with the defect: *text* with every fitting edit applied.

        Raises:
            DefectError: an edit for this file matches nowhere in it.
        """
        for index, edit in enumerate(self.edits):
            if edit.file == path and edit.concerns(node):
                changed = edit.applied(text)
                if changed is None:
                    raise self._no_longer_fits(index, f"{edit.find!r} matches nowhere in {path} of {node}")
                text = changed
        return text

    def must_fit(self, files: Mapping[str, Collection[str]]) -> None:
        """Check that every file that an edit names was rendered; *files* are the paths per node.

        Raises:
            DefectError: a node lacks such a file, so that part of the defect would be missing.
        """
        for index, edit in enumerate(self.edits):
            for node, paths in files.items():
                if edit.concerns(node) and edit.file not in paths:
                    known = suggestion(edit.file, paths, plural="its files")
                    raise self._no_longer_fits(index, f"{node} has no file {edit.file!r}{known}")

    def _document(self) -> Document:
        path = FOLDER / f"{self.name}.yaml"
        return self._source or Document(path, {"patch": dict(self.patch)}, {})

    def _no_longer_fits(self, index: int, sentence: str) -> DefectError:
        where = self._document().where(("edits", index))
        return DefectError(
            f"{where}: edits[{index}]: defect {self.name!r} no longer fits: {sentence}; correct the edit"
        )


def defect_names() -> list[str]:
    """Return the names of all defects."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_defect(name: str) -> Defect:
    """Return the defect of that name.

    Raises:
        DefectError: there is none, its file is not valid, or it does not fit its topology (any more).
    """
    if name not in defect_names():
        raise DefectError(
            f"unknown defect {name!r}{suggestion(name, defect_names(), plural='known defects')}"
        )
    source = document.read(FOLDER / f"{name}.yaml", error=DefectError)
    if "name" in source.data:
        raise DefectError(
            f"{source.where(('name',))}: name: the file's own name is the defect's; drop this key"
        )
    try:
        defect = Defect.model_validate({"name": name, **source.data})
    except ValidationError as problem:
        raise DefectError(complaint(problem, source, Defect)) from problem
    defect._source = source  # noqa: SLF001 -- a private attribute has no place in the constructor
    _must_be_told_apart(defect, source)
    if defect.topology not in loading.names():
        known = suggestion(defect.topology, loading.names(), plural="known topologies")
        raise DefectError(
            f"{source.where(('topology',))}: topology: unknown topology {defect.topology!r}{known}"
        )
    defect.topology_with_patch()
    return defect


def _must_be_told_apart(defect: Defect, source: Document) -> None:
    if both := sorted({*defect.violates} & {*defect.blocks}):
        raise DefectError(
            f"{source.where(('blocks',))}: blocks: {both[0]} is also in `violates`; drop one of them"
        )
    if not defect.patch and not defect.edits:
        raise DefectError(f"{source.where(())}: the defect changes nothing; give it `patch` or `edits`")
