"""Nodes with a kernel of their own (`kind: vm`): how they differ from containers, and nothing else does.

A machine is all that a container runs, with that container's file system as its root. So files go in and come
out as with containers, and its power, its frames and its freezer are those of the container. What happens
inside, processes and services, is asked by commands over a cable of its own.
"""
