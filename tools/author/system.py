# SPDX-License-Identifier: BSD-2-Clause
"""What the commands for authors share: where Bailiwick is, and its command."""

from __future__ import annotations

import subprocess
import sys
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


def one_folder(arguments: list[str], command: str) -> Path:
    if len(arguments) != 1:
        raise Problem(f"{command} takes one folder, that `bailiwick new` has made")
    folder = Path(arguments[0])
    if not folder.is_dir():
        ours = (ROOT / f"lcm/systems/{folder}.dts").exists()
        raise Problem(f"{folder}: no such folder" + (
            f"; `make {command} SYSTEM={folder}` is for Bailiwick's own" if ours and command == "run" else ""))
    return folder
