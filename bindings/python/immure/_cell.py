"""The options that describe a cell. `run` and `explain` share them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypedDict

from ._program import Path, option, switch

Input: TypeAlias = Path | Sequence[Path] | Mapping[str, Path]


class CellOptions(TypedDict, total=False):
    """What the program gets. Every key may be absent.

    `timeout` counts seconds. `tmp` is the size of a directory for temporary files, such as
    `"64MiB"`. All other keys have the names of the options of `immure run`, which its --help explains.
    """

    profile: Path
    env: Mapping[str, str]
    timeout: float
    tmp: str | int
    read_back: bool
    socket_pairs: bool
    workdir: str
    include: Iterable[Path]
    package: Iterable[str]
    rootfs: Path
    image: str
    venue: str
    runtime: str
    stage: bool


def input_paths(given: Input) -> list[str]:
    """The values of --in for `given`. Only a mapping names the inputs; a path with `=` stays a path."""
    if isinstance(given, Mapping):
        return [f"{name}={os.fspath(path)}" for name, path in given.items()]
    paths = [given] if isinstance(given, (str, os.PathLike)) else given
    return [_as_path(os.fspath(path)) for path in paths]


def input_options(given: Input) -> list[str]:
    return [f"--in={path}" for path in input_paths(given)]


def _as_path(text: str) -> str:
    return f"./{text}" if "=" in text and not text.startswith(("/", "./", "../")) else text


def _seconds(timeout: float) -> str:
    """The command takes whole seconds. A fraction becomes the next whole second."""
    return f"{max(1, -int(-timeout // 1))}s"


def cell_options(cell: CellOptions) -> list[str]:
    """The options of the command line. Raises TypeError for a key that does not exist."""
    unknown = cell.keys() - CellOptions.__annotations__.keys()
    if unknown:
        raise TypeError(f"immure has no option {min(unknown)}")
    words = option("profile", cell.get("profile")) + option("tmp", cell.get("tmp"))
    words += [f"--env={name}={value}" for name, value in cell.get("env", {}).items()]
    if (timeout := cell.get("timeout")) is not None:
        words.append(f"--timeout={_seconds(timeout)}")
    words += switch("read-back", cell.get("read_back")) + switch("socket-pairs", cell.get("socket_pairs"))
    words += switch("stage", cell.get("stage")) + option("workdir", cell.get("workdir"))
    words += [word for path in cell.get("include", ()) for word in option("include", path)]
    words += [word for name in cell.get("package", ()) for word in option("package", name)]
    words += option("rootfs", cell.get("rootfs")) + option("image", cell.get("image"))
    return words + option("venue", cell.get("venue")) + option("runtime", cell.get("runtime"))
