"""`python3 -m sidecar`: serve requests on standard input."""

from .agent import main

main()
