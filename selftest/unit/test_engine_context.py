"""What an image is named after."""

import tarfile
from pathlib import Path

import pytest

from topologies.engine.context import Context, context_of, roles
from topologies.errors import SetUpError


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Folders of two roles."""
    for name, text in {
        "web/Dockerfile": "FROM x",
        "web/run": "#!/bin/sh",
        "node/Dockerfile": "FROM y",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(images: Path, **parameters: str) -> str:
    return context_of("web", images).digest(parameters)


def test_a_role_is_a_folder_with_a_dockerfile(images: Path) -> None:
    (images / "notes").mkdir()
    assert roles(images) == ["node", "web"]


def test_same_files_give_the_same_name_whatever_their_age(images: Path) -> None:
    before = digest(images)
    (images / "web/run").touch()
    assert digest(images) == before


def test_content_name_mode_and_parameters_all_count(images: Path) -> None:
    seen = {digest(images), digest(images, BASE="debian"), digest(images, BASE="node")}
    (images / "web/run").chmod(0o755)
    seen.add(digest(images))
    (images / "web/run").write_text("#!/bin/bash")
    seen.add(digest(images))
    (images / "web/run").rename(images / "web/start")
    seen.add(digest(images))
    assert len(seen) == 6


def test_group_and_world_permissions_do_not_count_since_they_come_from_the_umask(images: Path) -> None:
    before = digest(images)
    (images / "web/run").chmod(0o600)
    assert digest(images) == before


def test_configurations_that_the_lab_renders_do_not_count(images: Path) -> None:
    before = digest(images)
    (images / "web/configs/etc").mkdir(parents=True)
    (images / "web/configs/etc/app.conf.j2").write_text("port = {{ port }}")
    (images / "web/__pycache__").mkdir()
    (images / "web/__pycache__/run.pyc").write_text("compiled")
    assert digest(images) == before


def test_archive_has_every_file_with_its_mode(images: Path) -> None:
    (images / "web/run").chmod(0o755)
    with tarfile.open(fileobj=context_of("web", images).archive()) as tar:
        own = {
            member.name: member.mode for member in tar if not member.name.startswith(("suite/", "python/"))
        }
    assert own == {"Dockerfile": 0o644, "run": 0o755}


def test_sidecar_brings_its_program(images: Path) -> None:
    (images / "sidecar").mkdir()
    (images / "sidecar/Dockerfile").write_text("FROM x")
    names = [entry.name for entry in context_of("sidecar", images).entries]
    assert "sidecar/__init__.py" in names


def test_role_without_an_image_is_named_with_those_that_have_one(images: Path) -> None:
    with pytest.raises(SetUpError, match=r"'pbx', one of \['node', 'web'\]"):
        context_of("pbx", images)


def test_empty_context_has_a_name_too() -> None:
    assert len(Context(()).digest({})) == 12
