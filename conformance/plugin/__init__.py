"""How the suite uses pytest: options, selection by topology, fixtures, exit status and verdict."""
