"""A database server, asked by its own root through its socket: what works while its network does not."""

from typing import Final

from chaos.fault import Stage

SERVICE: Final = "mariadbd"
"""The name of the process, and of the service that starts it."""
CLIENT: Final = ("mariadb", "--defaults-file=/etc/mysql/my.cnf", "--batch")


def ask(system: Stage, node: str, statement: str) -> list[dict[str, str]]:
    """Run one SQL statement on *node*; return its rows, as text by the name of the column.

    Raises:
        NodeUnreachable: the server does not run, refused, or did not answer in time.
    """
    answer = system.nodes[node].must_run(*CLIENT, "--execute", statement)
    head, *rows = [line.split("\t") for line in answer.splitlines()] or [[]]
    return [dict(zip(head, row, strict=True)) for row in rows]


def answers(system: Stage, node: str) -> bool:
    """Tell whether the server of *node* carries out a statement."""
    return system.nodes[node].run(*CLIENT, "--execute", "SELECT 1").status == 0


def connections(system: Stage, node: str) -> list[dict[str, str]]:
    """Return what a replica says of each connection to a source; nothing where it has none."""
    return ask(system, node, "SHOW ALL SLAVES STATUS")


def has_broken_off(system: Stage, node: str) -> bool:
    """Tell whether a replica stopped applying at an error, and so never goes on by itself."""
    return any(
        connection["Slave_SQL_Running"] == "No" and connection["Last_SQL_Errno"] != "0"
        for connection in connections(system, node)
    )
