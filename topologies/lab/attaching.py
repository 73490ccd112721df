"""Finding a lab that is up, from another process."""

from topologies.errors import LabError, UsageError
from topologies.lab import identity, state
from topologies.lab.lab import Lab
from topologies.lab.taking_down import engine_of, labs


def attach(name_or_id: str) -> Lab:
    """Return the lab of that id, or the only one of that topology; leaving its `with` block leaves it up.

    Raises:
        UsageError: several labs of that topology are up.
        LabError: none is up, or its state was lost.
    """
    lab_id = name_or_id if identity.is_lab_id(name_or_id) else _only_one_of(name_or_id)
    known = state.read(lab_id)
    if known is None:
        raise LabError(f"no lab {lab_id} is known here; see: python -m topologies ps")
    if not known.is_up:
        raise LabError(f"{lab_id} is still being brought up; wait until its command says that it is up")
    return Lab(engine_of(lab_id), known, is_ours=False)


def _only_one_of(topology: str) -> str:
    found = [lab.lab_id for lab in labs() if lab.topology == topology and lab.is_up]
    match found:
        case []:
            raise LabError(
                f"no lab of {topology!r} is up; bring one up with: python -m topologies up {topology}"
            )
        case [lab_id]:
            return lab_id
        case _:
            raise UsageError(f"{len(found)} labs of {topology!r} are up; name one of {', '.join(found)}")
