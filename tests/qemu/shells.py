# SPDX-License-Identifier: BSD-2-Clause
"""The shells of Linux guests."""

from __future__ import annotations

import tarfile
from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO

from bench import LINUX_PATIENCE
from machine import Console

CTRL_BRACKET = "\x1d"


class Shells:
    """Of two guests; one at a time has the input."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        """There are two; the first has the input, as it is after the launch."""
        self.console = console
        self._input = names[0]
        self._asked = 0

    def send(self, name: str, command: str) -> None:
        if name != self._input:
            self.console.send(CTRL_BRACKET)
            assert self.console.wait_for(f"input goes to {name}", LINUX_PATIENCE)
            self.console.lines[:] = [line.replace("input goes to", "input went to")
                                     for line in self.console.lines]
            self._input = name
        self.console.send(command + "\n")

    def ask(self, name: str, command: str) -> str:
        """Run it; gives what it has printed, as one line."""
        self._asked += 1
        mark = f"asked-{self._asked}"
        self.send(name, f'echo {mark}"="$({command})"="done')
        found = self.console.wait_for(rf"^\[{name}\] .*{mark}=(.*)=done", LINUX_PATIENCE)
        assert found, self.console.complaints()
        return found[1]

    def output(self, name: str, command: str) -> tuple[str, str, int]:
        """Run it; gives its output and its complaints, byte for byte, and its exit code."""
        self._asked += 1
        mark = f"asked-{self._asked}"
        self.send(name, f"({command}) >/tmp.out 2>/tmp.err; echo $? >/tmp.code")
        self.send(name, f'echo {mark}"-begin"; tar -cz -C / tmp.out tmp.err tmp.code | base64; '
                        f'echo {mark}"-end"')
        assert self.console.wait_for(rf"^\[{name}\] {mark}-end", LINUX_PATIENCE), \
            self.console.complaints()
        said = self.console.said_by(name)
        packed = "".join(said[said.index(f"{mark}-begin") + 1:said.index(f"{mark}-end")])
        with tarfile.open(fileobj=BytesIO(b64decode(packed))) as files:
            out, err, code = (files.extractfile(f"tmp.{part}").read().decode()
                              for part in ("out", "err", "code"))
        return out, err, int(code)
