# SPDX-License-Identifier: BSD-2-Clause
"""What is changed, and what should notice."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Area:
    name: str
    sources: list[str]
    unit: list[str]  # patterns of test programs, the quickest first
    qemu: list[str] = field(default_factory=list)
    # Runs once in an unchanged copy, before the first change.
    prepare: list[str] = field(default_factory=list)


GATE_QEMU = ["tests/qemu/test_calls.py", "tests/qemu/test_alone.py"]
# A program with a colon after it is run with what follows: paths may be patterns.
COMPARE = ("compare_policies: 16 build/tests/policy/[flstx]*[a-z].[23][04] "
           "build/tests/generated/*.policy")
AREAS = [
    Area("lcm", ["lcm/*.c"],
         ["test_lcm_findings", "test_lcm_parse", "test_lcm_limits", "test_lcm_classic", "test_lcm_hostile",
          "test_bailiwick_check"]),
    Area("xsm", ["xsm/*.c", "xsm/flask/*.c"],
         # Without what takes minutes: test_xsm_malformed, test_xsm_oracle.
         ["test_xsm_[!fmo]*", "test_xsm_objects", "test_xsm_fields", COMPARE, "test_fake_flask"],
         prepare=["tests/oracle/compare", "--keep", "1-25"]),
    Area("elf", ["hv/domain/elf.c", "hv/domain/guest_frames.c", "hv/arch/x86/guest.c"],
         ["test_elf", "test_guest_load"]),
    Area("firmware", ["hv/arch/x86/firmware.c"], ["test_firmware"]),
    Area("memory", ["hv/gate/guest_memory.c", "hv/arch/x86/translate.c"],
         ["test_guest_memory", "test_translate"], GATE_QEMU),
    Area("gate", ["hv/gate/gate.c", "hv/gate/[!g]*.c", "hv/domain/physmap.c"],
         # One after the other is linked and run: what notices most comes first.
         ["test_fake_calls", "test_fake_denial", "test_fake_flask", "test_fake_audit",
          "test_fake_events", "test_fake_changed", "test_fake_co*", "test_fake_[blpqsv]*",
          "test_fake_faults", "test_fake_random", "test_fake_t*"], GATE_QEMU),
    Area("share", ["hv/domain/share.c"], ["test_share"]),
    Area("sched", ["hv/domain/place.c", "hv/domain/sched.c", "hv/domain/timers.c"],
         ["test_fake_place", "test_fake_timers", "test_fake_sched", "test_fake_vcpus"]),
    Area("cpus", ["hv/machine/cpus.c", "hv/machine/lock.c", "hv/machine/quiesce.c"],
         ["test_fake_locks", "test_fake_quiesce", "test_fake_place", "test_fake_sched"]),
    Area("vcpus", ["hv/ops/vcpu.c", "hv/domain/vcpu.c"],
         ["test_fake_vcpus", "test_fake_sched", "test_fake_calls"]),
]
