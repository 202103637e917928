"""Flags of commands for many pictures: machines that share the work, room for a cache."""

import argparse

from cli.types import real, shard


def cluster_flags() -> argparse.ArgumentParser:
    """Parent parser of commands that hand out pictures one by one."""
    parent = argparse.ArgumentParser(add_help=False)
    _add_cluster(parent.add_argument_group("several machines"))
    return parent


def add_cache_size(group: argparse._ArgumentGroup) -> None:
    """--cache-size."""
    group.add_argument(
        "--cache-size",
        type=real(0.001),
        metavar="GB",
        help="that the cache has at most, from now on in all commands: what was not used for "
        "longest is removed (default: as it was set, at first no bound)",
    )


def _add_cluster(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="Dask scheduler (tcp://host:port, or the file that it wrote) whose workers do the "
        "work: docs/cluster.md",
    )


def where_flags() -> argparse.ArgumentParser:
    """Parent parser of commands of which also several runs can share the pictures."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("several machines")
    _add_cluster(group)
    group.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="only the I-th of N parts of the pictures, for N runs side by side; at the end one "
        "run without it does what is to be done for all of them",
    )
    return parent
