# SPDX-License-Identifier: BSD-2-Clause
"""Mutants of xsm/hooks.def: one row with one thing changed, and hypervisors that are otherwise like the one in build/."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from machine import BUILD, ROOT

SOURCE = ROOT / "xsm/hooks.def"
VECTORS = ROOT / "policy/vocabulary/access_vectors"

ROW = re.compile(r"^HOOK\((\w+), (\w+), (\w+), ([\w |]+), ([\w |]+), (\w+),\s+(.*?)\)$", re.MULTILINE | re.DOTALL)
CHECK = re.compile(r"\b(ASK|ASK_OR_SELF|ASK_OR)\(([^)]*)\)")
# Another party of the same kind: who is asked instead.
OTHER = {"caller": "target", "target": "caller", "peer": "caller", "channel": "caller", "far_channel": "channel",
         "label": "caller", "module": "xen", "xen": "security", "security": "xen"}
PHASES = {"LAUNCH": ["ANY"], "UNSEALED": ["ANY"], "ANY": ["LAUNCH", "UNSEALED"]}
ROLES = ["CONTROL", "HARDWARE", "BOOT", "CRASH", "CONSOLE", "XENSTORE"]


@dataclass
class Mutant:
    row: str
    what: str
    text: str  # of the whole file

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


def permissions() -> dict[str, list[str]]:
    """Of each class, in the order of the vocabulary."""
    text = re.sub(r"#.*", "", VECTORS.read_text())
    return {name: words.split() for name, words in re.findall(r"\bclass\s+(\w+)\s*\{([^}]*)\}", text)}


def another(vocabulary: dict[str, list[str]], kind: str, permission: str) -> tuple[str, str]:
    """Another permission of the class, or if there is none, of another class."""
    others = [other for other in vocabulary[kind] if other != permission]
    return (kind, others[0]) if others else ("domain", "pause")


def of_question(words: list[str], at: int, vocabulary: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """A question is four words: subject, object, class, permission."""
    subject, target, kind, permission = words[at:at + 4]
    yield f"{subject} -> {OTHER[subject]} as subject of {kind}:{permission}", [
        *words[:at], OTHER[subject], *words[at + 1:]]
    yield f"{target} -> {OTHER[target]} as object of {kind}:{permission}", [
        *words[:at + 1], OTHER[target], *words[at + 2:]]
    new_kind, new = another(vocabulary, kind, permission)
    yield f"{kind}:{permission} -> {new_kind}:{new}", [*words[:at + 2], new_kind, new, *words[at + 4:]]


def of_checks(checks: str, vocabulary: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """What is changed, and the checks then."""
    found = list(CHECK.finditer(checks))
    for number, check in enumerate(found):
        rest = checks[:check.start()] + checks[check.end():]
        yield f"check {number} dropped", rest if len(found) > 1 else "NO_CHECK"
        words = [word.strip() for word in check[2].split(",")]
        for at in range(0, len(words), 4):
            for what, changed in of_question(words, at, vocabulary):
                yield f"check {number}: {what}", (
                    f"{checks[:check.start()]}{check[1]}({', '.join(changed)}){checks[check.end():]}")


def of_roles(roles: str) -> Iterator[str]:
    """The mask, widened."""
    if roles == "ANYONE":
        return
    yield "ANYONE"
    yield f"{roles} | {next(role for role in ROLES if role not in roles)}"


def all_mutants() -> Iterator[Mutant]:
    text, vocabulary = SOURCE.read_text(), permissions()
    for row in ROW.finditer(text):
        name, kind, phase, roles, alone, holds, checks = row.groups()

        def mutant(what: str, *, phase: str = phase, roles: str = roles, checks: str = checks) -> Mutant:
            changed = f"HOOK({name}, {kind}, {phase}, {roles}, {alone}, {holds},\n     {checks})"
            return Mutant(name, what, text[:row.start()] + changed + text[row.end():])

        for other in PHASES[phase]:
            yield mutant(f"phase {phase} -> {other}", phase=other)
        for other in of_roles(roles):
            yield mutant(f"roles {roles} -> {other}", roles=other)
        for what, changed in of_checks(checks, vocabulary):
            yield mutant(what, checks=changed)


def commands() -> list[list[str]]:
    """How hooks.c is compiled, archived and linked, as make would."""
    said = subprocess.run(["make", "-n", "--no-print-directory", "-W", "xsm/hooks.c", "build/bailiwick.elf"], cwd=ROOT,
                          check=True, text=True, stdout=subprocess.PIPE).stdout.replace("\\\n", " ")
    wanted = [line for line in said.splitlines() if "hooks.c" in line and " -c " in line]
    wanted += [line for line in said.splitlines() if re.match(r"^ld ", line)]
    assert len(wanted) == 2, said
    return [shlex.split(line) for line in wanted]


class Builder:
    def __init__(self) -> None:
        self._compile, self._link = commands()

    def build(self, mutant: Mutant, folder: Path) -> Path | None:
        """None: it doesn't compile, which is noticed early enough."""
        (folder / "xsm").mkdir(parents=True, exist_ok=True)
        (folder / "xsm/hooks.def").write_text(mutant.text)
        made, archive = folder / "hooks.o", folder / "portable.a"
        compile_it = [*self._compile[:1], f"-I{folder}", *self._compile[1:]]
        compile_it[compile_it.index("-o") + 1] = str(made)
        if subprocess.run(compile_it, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            return None
        shutil.copy(BUILD / "x86/portable.a", archive)
        subprocess.run(["ar", "r", archive, made], check=True, stderr=subprocess.DEVNULL)
        link = [str(archive) if word.endswith("portable.a") else word for word in self._link]
        link[link.index("-o") + 1] = str(folder / "bailiwick.elf")
        subprocess.run(link, cwd=ROOT, check=True)
        shutil.copy(BUILD / "config.h", folder)
        return folder / "bailiwick.elf"
