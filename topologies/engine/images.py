"""The images of the roles: named after their content, built when missing, removed when out of date."""

import re
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
from filelock import FileLock, Timeout

from topologies.engine import base_image, host
from topologies.engine.connection import Engine
from topologies.engine.context import IMAGES, Context, context_of, roles
from topologies.engine.packages import make_folder
from topologies.engine.progress import Progress
from topologies.errors import EngineError, SetUpError
from topologies.home import home, runtime
from topologies.model import MACHINE

REPOSITORY = "jtel-conformance"
LABEL = "jtel-conformance.image"
"""On every image of ours; its value is the role."""
NODE = "node"
"""The role whose image the others build on."""
ON_BASE = frozenset({NODE, "sidecar"})
LAYER = "machine"
"""The folder beside `images` with what makes a machine of a role."""
BUILDS_AT_ONCE = 4
BUILD_SILENCE_S = 600.0
"""How long one step of a build may say nothing."""
LOCK_PATIENCE_S = 1800.0
CONFLICT = 409
_COLOUR = re.compile(r"\x1b\[\d*m")
_STEP = re.compile(r"^Step \d+/\d+ : (.*)")


@dataclass(frozen=True)
class _Plan:
    """An image that has to be there."""

    role: str
    base: str
    context: Context
    tag: str


def build(engine: Engine, progress: Progress, *, machines: Collection[str] = ()) -> dict[str, str]:
    """Make sure that the engine has the image of every role; return the tags by role.

    machines: images of machines that are wanted too, such as `pbx-vm`.

    Raises:
        SetUpError: a build failed; the message names the step and the file with the whole log.
        EngineError: the engine refused.
    """
    roles_ = _plans(base_image.provide(engine, progress))
    around = _machines(roles_)
    plans = [*roles_, *(plan for plan in around if plan.role in machines)]
    if _missing(engine, plans):
        make_folder(home())
        try:
            with FileLock(home() / "images.lock", timeout=LOCK_PATIENCE_S):
                _build_missing(engine, plans, progress)
                _remove_old(engine, {plan.tag for plan in (*roles_, *around)})
        except Timeout as busy:
            raise EngineError(f"another process has been building images for {LOCK_PATIENCE_S:g} s") from busy
    return {plan.role: plan.tag for plan in plans}


def _plans(base_id: str) -> list[_Plan]:
    """Return every image in an order in which they can be built: the node's first."""
    node = _plan(NODE, base_image.BASE_IMAGE, base_id)
    others = [
        _plan(role, base_image.BASE_IMAGE, base_id) if role in ON_BASE else _plan(role, node.tag, node.tag)
        for role in roles()
        if role != NODE
    ]
    return [node, *others]


def _plan(role: str, base: str, identity_of_base: str) -> _Plan:
    context = context_of(role)
    return _Plan(role, base, context, _tag(role, context, identity_of_base))


def _tag(role: str, context: Context, identity_of_base: str) -> str:
    return f"{REPOSITORY}/{role}:{context.digest({'BASE': identity_of_base})}"


def _machines(roles_: list[_Plan]) -> list[_Plan]:
    """Return the machine around every role; few are ever wanted."""
    context = context_of(LAYER, IMAGES.parent)
    return [
        _Plan(f"{of.role}{MACHINE}", of.tag, context, _tag(f"{of.role}{MACHINE}", context, of.tag))
        for of in roles_
        if of.role not in ON_BASE
    ]


def _missing(engine: Engine, plans: list[_Plan]) -> list[_Plan]:
    present = {tag for image in engine.client.images.list(f"{REPOSITORY}/*") for tag in image.tags}
    return [plan for plan in plans if plan.tag not in present]


def _build_missing(engine: Engine, plans: list[_Plan], progress: Progress) -> None:
    missing = _missing(engine, plans)
    if missing and engine.kind == "embedded":
        host.must_have_disk(home(), gib=2)
    first = [plan for plan in missing if plan.role == NODE]
    last = [plan for plan in missing if plan.role.endswith(MACHINE)]
    rest = [plan for plan in missing if plan not in (*first, *last)]
    for plans_ in (first, rest, last):
        with ThreadPoolExecutor(BUILDS_AT_ONCE) as pool:
            for done in [pool.submit(_build, engine, plan, progress) for plan in plans_]:
                done.result()


def _build(engine: Engine, plan: _Plan, progress: Progress) -> None:
    log = runtime() / "logs" / f"build-{plan.role}.log"
    make_folder(log.parent)
    client = engine.connect(patience_s=BUILD_SILENCE_S)
    try:
        with progress.step(f"image {plan.role}"), log.open("w") as lines:
            step = "the first step"
            for event in client.api.build(
                fileobj=plan.context.archive(),
                custom_context=True,
                tag=plan.tag,
                buildargs={"BASE": plan.base},
                labels={LABEL: plan.role},
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
            ):
                said = _COLOUR.sub("", str(event.get("stream", "")))
                lines.write(said)
                if match := _STEP.match(said):
                    step = match[1]
                if "error" in event:
                    lines.write(event["error"])
                    raise SetUpError(_failure(plan, step, event["error"], log))
    except (docker.errors.APIError, requests.RequestException) as refused:
        raise EngineError(
            f"image {plan.role}: the engine did not build it ({refused}): see {log}"
        ) from refused
    finally:
        client.close()


def _failure(plan: _Plan, step: str, error: str, log: Path) -> str:
    """Return the one sentence; what the step itself complained about is in the log."""
    short = re.sub(r"\s+", " ", step)
    short = short if len(short) <= 80 else f"{short[:77]}..."  # noqa: PLR2004 -- a line of the terminal
    exit_ = re.search(r"returned a non-zero code: (\d+)", error)
    why = f"exit status {exit_[1]}" if exit_ else error.strip()
    return f"image {plan.role}: step `{short}` failed ({why}): the whole log is {log}"


def _remove_old(engine: Engine, current: set[str]) -> None:
    """Remove tags of ours that are neither current nor in use."""
    for image in engine.client.images.list(f"{REPOSITORY}/*"):
        for tag in set(image.tags) - current:
            remove_tag(engine, tag)


def remove_tag(engine: Engine, tag: str) -> None:
    """Remove a tag of ours unless a container uses it.

    Raises:
        EngineError: the engine refused for another reason.
    """
    try:
        engine.client.images.remove(tag)
    except docker.errors.ImageNotFound:
        return  # another process was faster
    except docker.errors.APIError as refused:
        if refused.status_code != CONFLICT:
            raise EngineError(
                f"image {tag} cannot be removed ({refused.explanation}): remove it by hand"
            ) from refused


def tags(engine: Engine) -> Mapping[str, str]:
    """Return the id of every image of ours by tag."""
    listed = engine.client.images.list(f"{REPOSITORY}/*")
    return {tag: str(image.id) for image in listed for tag in image.tags if tag.startswith(f"{REPOSITORY}/")}
