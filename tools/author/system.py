# SPDX-License-Identifier: BSD-2-Clause
"""What the commands for authors share: where Bailiwick is, and its command."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "build/bailiwick"
sys.path.insert(0, str(ROOT / "tools/guests"))

FOLDER = "build/boot"  # as tools/bailiwick/folder.h has it


class Problem(Exception):
    """What somebody did wrong, in words for them."""


def fail(problem: object) -> int:
    print(f"bailiwick: {problem}", file=sys.stderr)
    return 2


def tool(*arguments: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """The command; `quiet`: what it says isn't shown but returned, errors and all."""
    sys.stdout.flush()
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if quiet else {}
    return subprocess.run([TOOL, *map(str, arguments)], check=False, **how)


@dataclass
class Subject:
    """A system: in a folder of its own, or one of Bailiwick's."""

    name: str  # as it was given
    folder: Path | None

    @property
    def source(self) -> Path:
        return self.folder / "system.dts" if self.folder else ROOT / f"lcm/systems/{self.name}.dts"

    @property
    def sources(self) -> str:
        """Of its policy, for policy/build."""
        return f"{self.folder}/" if self.folder else self.name

    @property
    def policy(self) -> Path:
        return self.folder / "build/policy.30" if self.folder else ROOT / f"build/policy/{self.name}.30"

    @property
    def into(self) -> Path:
        """Where what is made of it can be."""
        return self.folder / "build" if self.folder else ROOT / "build/tested" / self.name

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Whoever else is at it now is waited for: they would write the same files."""
        self.into.mkdir(parents=True, exist_ok=True)
        with (self.into / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def root(self) -> list[object]:
        """Options for the command."""
        return [] if self.folder else ["--root", ROOT]


def find_subject(name: str) -> Subject:
    """As the command itself (folder_is()): a system's name comes before a folder's, in a tree."""
    folder, shipped = Path(name), f"lcm/systems/{name}.dts"
    is_name = "/" not in name and "." not in name
    if is_name and (Path(shipped).is_file() or ((ROOT / shipped).is_file() and not folder.is_dir())):
        return Subject(name, None)
    if not folder.is_dir():
        raise Problem(f"{name}: no such folder, and no system of lcm/systems/")
    if not (folder / "system.dts").is_file():
        raise Problem(f"{name}: is no system's folder: system.dts is missing; `bailiwick new` makes one")
    return Subject(name, folder)


def one_folder(arguments: list[str], command: str) -> Path:
    if len(arguments) != 1:
        raise Problem(f"{command} takes one folder, that `bailiwick new` has made")
    folder = Path(arguments[0])
    if not folder.is_dir():
        ours = (ROOT / f"lcm/systems/{folder}.dts").exists()
        raise Problem(f"{folder}: no such folder" + (
            f"; `make {command} SYSTEM={folder}` is for Bailiwick's own" if ours and command == "run" else ""))
    return folder
