"""The files of a node: the native configurations of its role, rendered for it, and its table of aliases."""

import dataclasses
import functools
import io
import os
import tarfile
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import jinja2

from topologies import databases, storage
from topologies.errors import SetUpError
from topologies.model import Topology

IMAGES: Final = Path(__file__).resolve().parent.parent / "images"
_NAME_SERVER: Final = Path(__file__).with_name("resolver.pl")
HOSTS: Final = "/etc/hosts"
"""The engine writes this file; its lines of ours are handed over as extra hosts."""


@dataclasses.dataclass(frozen=True)
class File:
    """A file as it is put into a node."""

    path: str
    """Absolute path on the node."""
    content: bytes
    mode: int = 0o644

    def changed(self, change: Callable[[str], str]) -> "File":
        """Return the file with *change* made to its text; what is not text stays."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return self
        return dataclasses.replace(self, content=change(text).encode())


def render(name: str, topology: Topology, secrets: Mapping[str, str], *, images: Path = IMAGES) -> list[File]:
    """Return every native configuration file of node *name*.

    Files `*.j2` under `configs` of the role's image are Jinja templates, which may include those of another
    role; others go in as they are.

    Raises:
        SetUpError: a template cannot be rendered.
    """
    node = topology.nodes[name]
    configs = images / node.role / "configs"
    templates = _environment(configs)

    def resolve(alias: str) -> IPv4Address:
        return topology.resolve(alias, seen_from=name)

    def port_of(alias: str) -> int:
        return databases.port_of(topology, alias)

    context = {
        "name": name,
        "node": node,
        "topology": topology,
        "secrets": secrets,
        "resolve": resolve,
        "port_of": port_of,
        "databases": databases,
        "storage": storage,
    }
    files = []
    for source in sorted(path for path in configs.rglob("*") if path.is_file()):
        path = source.relative_to(configs)
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        if source.suffix == ".j2":
            try:
                content = templates.get_template(path.as_posix()).render(context).encode()
            except (jinja2.TemplateError, KeyError) as error:
                line = f" line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
                raise SetUpError(f"{node.role}/configs/{path}{line}, rendered for {name}: {error}") from error
            path = path.with_suffix("")
        else:
            content = source.read_bytes()
        files.append(File(f"/{path.as_posix()}", content, mode))
    return files


def hosts_table(name: str, topology: Topology) -> File:
    """Return what /etc/hosts of node *name* has to say about the server aliases."""
    aliases = [alias for alias in dict.fromkeys(topology.alias_names()) if alias not in topology.dns_only]
    return _table(HOSTS, name, topology, aliases)


def name_server(name: str, topology: Topology) -> list[File]:
    """Return the service of node *name* that tells the aliases which only DNS knows; nothing without any."""
    if not topology.dns_only:
        return []
    return [
        _table("/etc/jtel/dns.hosts", name, topology, topology.dns_only),
        File("/etc/jtel/services/dns", _NAME_SERVER.read_bytes(), 0o755),
    ]


def extra_hosts(table: File) -> dict[str, str]:
    """Return alias -> address of a table of hosts."""
    rows = [line.split() for line in table.content.decode().splitlines()]
    return {alias: address for address, *aliases in filter(None, rows) for alias in aliases}


def as_tar(files: Iterable[File]) -> bytes:
    """Return *files* as one archive, owned by root, to be unpacked at the root of a node."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for file in files:
            member = tarfile.TarInfo(file.path.lstrip("/"))
            member.size, member.mode = len(file.content), file.mode
            archive.addfile(member, io.BytesIO(file.content))
    return buffer.getvalue()


def _table(path: str, name: str, topology: Topology, aliases: Iterable[str]) -> File:
    lines = [f"{topology.resolve(alias, seen_from=name)} {alias}\n" for alias in aliases]
    return File(path, "".join(lines).encode())


@functools.cache
def _environment(configs: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([configs, configs.parent.parent]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 -- configuration files, not HTML
    )
