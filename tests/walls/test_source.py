# SPDX-License-Identifier: BSD-2-Clause
"""Walls between the folders, as the sources show them: who includes whom, and who decides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from machine import ROOT

# Which of the project's folders each may include, and which outsiders.
MAY_INCLUDE = {
    "xsm": {"xsm"},
    "lcm": {"lcm"},
    "roles": {"roles", "xsm", "lcm"},
    "hv": {"hv", "roles", "xsm", "lcm"},
}
STANDARD = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "string.h", "errno.h", "inttypes.h",
            "stdio.h", "limits.h"}
OUTSIDERS = {"xsm": STANDARD, "roles": STANDARD, "lcm": STANDARD | {"libfdt.h"}, "hv": STANDARD}
# The architecture's headers of each build, found by -Ihv/arch/$(ARCH).
ARCH_HEADERS = {"arch_types.h", "arch_layout.h"}
# Read-only libfdt: what fdt.c, fdt_ro.c and fdt_check.c define.
FDT_WRITERS = re.compile(r"\bfdt_(?:set|append|del|add|create|open_into|pack|nop|resize|begin|end|"
                         r"finish|property|overlay|move|rw_|shrink)\w*\s*\(")
FOLDERS = sorted(MAY_INCLUDE)


# The machine that is a process: test code, which is never part of the hypervisor.
NOT_SHIPPED = ROOT / "hv/arch/fake"


def sources(folder: str) -> list[Path]:
    found = [path for pattern in ("*.[chS]", "*.def") for path in (ROOT / folder).rglob(pattern)
             if NOT_SHIPPED not in path.parents]
    assert found, folder
    return sorted(found)


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)


def code_of(path: Path) -> str:
    return without_comments(path.read_text())


def breach(folder: str, including: str, name: str) -> bool:
    """May a file of this folder not include that?"""
    if including == "<":
        outsiders = OUTSIDERS[folder]
        return name not in outsiders and not (folder == "hv" and name.startswith("xen/"))
    if folder == "hv" and name in ARCH_HEADERS:
        return False
    return name.split("/")[0] not in MAY_INCLUDE[folder] or "/" not in name or ".." in name


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_include_only_what_they_may(folder: str) -> None:
    breaches = [f"{path.relative_to(ROOT)} includes {name}"
                for path in sources(folder)
                for including, name in re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]',
                                                  code_of(path), re.MULTILINE)
                if breach(folder, including, name)]
    assert not breaches


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_include_is_seen(folder: str) -> None:
    """An include by macro would go past the test above."""
    for path in sources(folder):
        for line in code_of(path).splitlines():
            if re.match(r"\s*#\s*include", line):
                assert re.match(r'\s*#\s*include\s+["<]', line), f"{path}: {line}"


def test_generic_code_includes_no_architecture() -> None:
    for path in sources("hv"):
        if "arch" not in path.relative_to(ROOT / "hv").parts:
            assert "hv/arch/x86" not in code_of(path), path


def test_lcm_only_reads_device_trees() -> None:
    """But for the copy of one from which nodes are hidden."""
    for path in sources("lcm"):
        found = {match.group().rstrip("( ") for match in FDT_WRITERS.finditer(code_of(path))}
        assert found == ({"fdt_nop_node"} if path.name == "redact.c" else set()), path


# What of portable code's libraries exists in the hypervisor: no memory from a heap, no files.
FORBIDDEN_CALLS = re.compile(r"\b(?:malloc|calloc|realloc|free|printf|fprintf|fopen|exit|abort|"
                             r"getenv|strtok|strcpy|strcat|sprintf|gets|alloca|setjmp|longjmp|"
                             r"__builtin_alloca)\s*\(")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_call_that_is_not_there_or_not_safe(folder: str) -> None:
    for path in sources(folder):
        assert not FORBIDDEN_CALLS.search(code_of(path)), path


# --- Mechanism doesn't decide ---

ROLE_TESTS = [
    r"\bXSM_ROLE_\w+",
    r"\bROLE_(?:CONTROL|HARDWARE|BOOT|CRASH|CONSOLE|XENSTORE)\b",
    r"\bis_\w*(?:domain|dom0|privileged|control|hardware)\w*\s*\(",
    r"\bdomid\s*[=!<>]=?\s*(?:0|1)\b",
    r"\bdom0\b",
    r"(?:->|\.)\s*(?:roles|sid)\s*(?:&(?!&)|==|!=|\|)",
    r"\bif\s*\([^;{]*(?:->|\.)\s*roles\b",
]

# Where a domain's roles may stand at all: handed over, never looked at.
ROLE_HANDOVERS = [
    r"\(struct xsm_subject\)\{d->domid, domain_sid\(d\), d->roles\}\);",
    r"d->roles = config->roles;",
    r"roles_ask_again\(&gate_engine, call->query\.caller, d->domid, d->roles, sid,",
    r"\.roles = planned->assignment\.roles,",
    r"caller->domain->roles\}\);",
    r"s->roles = plan\.domain\[s->index\]\.assignment\.roles;",
    r"roles_names\(planned->assignment\.roles, ",
    r"roles_names\(about->d->roles, ",
    r"uint32_t roles;",
]


@pytest.mark.parametrize("test", ROLE_TESTS)
def test_hypervisor_asks_nobody_who_he_is(test: str) -> None:
    found = [f"{path.relative_to(ROOT)}: {line.strip()}"
             for path in sources("hv") for line in code_of(path).splitlines()
             if re.search(test, line)]
    assert not found


def test_roles_are_only_handed_over() -> None:
    found = [f"{path.relative_to(ROOT)}: {line.strip()}"
             for path in sources("hv") for line in code_of(path).splitlines()
             if re.search(r"(?:->|\.|\b(?:uint32_t|int) )roles\b(?!\.)", line)
             and not any(re.search(handover, line) for handover in ROLE_HANDOVERS)]
    assert not found


# --- Every operation has its row, every row its operation ---

# Asked elsewhere than by an operation of the table: by the launch, and by exits that are no
# hypercalls.
ASKED_BY_LAUNCH = {"domain_create", "kernel_execute"}
# By the launch, and when a domain with roles gets another label.
ASKED_WITH_LABEL = {"role_control", "role_hardware", "role_boot", "role_crash", "role_console",
                    "role_xenstore"}
ASKED_BY_EXITS = {"hypercall_page"}
# An operation that is another one if the domain means itself, and what is asked of each element of
# a list.
ASKED_INSTEAD = {"flask_relabel_self", "audit_see", "hypfs_domain", "hypfs_module", "hypfs_config"}
# What the boot domain is shown of the LCM.
ASKED_FOR_BOOT = {"lcm_see_domain", "lcm_see_module"}


def operations() -> list[list[str]]:
    """The fields of each OP row."""
    rows = re.findall(r"^OP\(([^)]*)\)", code_of(ROOT / "hv/gate/ops.def"), re.MULTILINE)
    return [[field.strip() for field in row.split(",")] for row in rows]


def hooks() -> list[str]:
    return re.findall(r"^HOOK\((\w+),", code_of(ROOT / "xsm/hooks.def"), re.MULTILINE)


def test_every_operation_has_a_row() -> None:
    assert len(operations()) > 30
    assert all(len(fields) == 7 for fields in operations())
    assert {fields[3] for fields in operations()} <= set(hooks())


def test_every_row_is_asked_by_an_operation() -> None:
    unused = set(hooks()) - {fields[3] for fields in operations()}
    assert unused == ASKED_BY_LAUNCH | ASKED_WITH_LABEL | ASKED_BY_EXITS | ASKED_INSTEAD | ASKED_FOR_BOOT
    assert len(hooks()) == len(set(hooks()))


def test_what_the_launch_asks_is_for_the_launch_alone() -> None:
    text = code_of(ROOT / "xsm/hooks.def")
    phase = dict(re.findall(r"^HOOK\((\w+), \w+, (\w+),", text, re.MULTILINE))
    by_boot = {fields[3] for fields in operations() if fields[2].startswith(("launch_", "module_", "staged_"))}
    assert {name for name, when in phase.items() if when == "LAUNCH"} == \
        ASKED_BY_LAUNCH | ASKED_FOR_BOOT | {"role_boot"} | by_boot
    roles = "".join(code_of(path) for path in sources("roles"))
    for hook in ASKED_BY_LAUNCH | ASKED_WITH_LABEL:
        assert f"XSM_HOOK_{hook}" in roles or hook.startswith("role_") and "XSM_HOOK_role_" in roles


def test_no_operation_twice() -> None:
    numbers = [(fields[0], fields[1]) for fields in operations()]
    assert len(numbers) == len(set(numbers))


def test_objects_are_named_only_through_the_gate() -> None:
    """domain_by_domid() is for the hypervisor's own bookkeeping; operations never call it."""
    for path in sources("hv"):
        if path.parts[-2] == "ops":
            assert not re.search(r"\bdomain_(?:by_domid|in_slot)\b", code_of(path)), path
