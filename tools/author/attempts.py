# SPDX-License-Identifier: BSD-2-Clause
"""How a probe attempts each operation of xsm/hooks.def, as lines of its script (tools/probe/README.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

NOWHERE = 4095  # a port that nobody has
SCRATCH = 0xe00  # a guest frame that the probe doesn't use: a grant frame goes there, since the clock is in the other
LATE = 300_000  # ms, of the machine's clock, which runs ahead when nobody does anything: all have attempted the rest


@dataclass
class Attempt:
    """What `bailiwick expect --attempts` says of it."""

    subject: str
    domid: int
    when: str
    sealed: bool
    operation: str
    object: str
    item: str
    number: int
    index: int
    target: int
    channel: bool
    gone: bool
    allowed: bool
    keys: list[str]
    records: list[str]
    checks: list[dict[str, object]]
    lines: list[int]
    asked: bool = True  # or it is only done since another one needs it

    def key(self) -> tuple[object, ...]:
        return (self.subject, self.when, self.operation, self.item, self.number, self.channel)

    def is_about_module(self) -> bool:
        return self.item.startswith("module(")

    def question(self) -> tuple[str, ...]:
        """What is the same for all modules of a label."""
        return (self.subject, self.operation, *(str(check["target"]) for check in self.checks))

    def __str__(self) -> str:
        about = f" to {self.object}" if self.object else ""
        time = {"sealed": " when the policy is sealed", "failed": " when the launch has failed"}.get(self.when, "")
        return f"{self.subject} {self.operation}{' by its channel' if self.channel else ''}{about}{time}"


@dataclass
class Way:
    """How to attempt an operation."""

    command: str
    allowed: str = "ok"  # what a probe expects where it is allowed
    again: str = ""  # if that is something else the second time, when the policy is sealed
    others: bool = True  # it can name other domains than its own
    ends: bool = False  # where it is allowed, nothing can be attempted afterwards
    last: bool = False  # where it is allowed, others have to have done what they do
    harmful: str = ""  # where it is allowed, others couldn't do what they are to do: why
    kept: str = ""  # the name under which the result is kept


# {number} is the domid of a domain that is named, the place in the boot menu of a boot module, the initial SID of a
# label that is given. {index} is a domain's place in the LCM, {target} the domid of who is given a label.
WAYS = {
    "failure_read": Way("failure_read", "ENOENT"),

    "launch_info": Way("launch_info"),
    "module_stat": Way("module_stat {number}"),
    "module_read": Way("module_read {number} 0 8"),
    "staged_stat": Way("staged_stat {index}"),
    "staged_read": Way("staged_read {number} 0xe00000 8"),
    "staged_write": Way("staged_write {number} 0xe00000 1"),
    "staged_get_vcpu": Way("staged_get_vcpu {number} 0"),
    "staged_set_vcpu": Way("staged_put_vcpu {number} 7", "EINVAL"),
    "staged_set_param": Way("staged_set_param {number} 0xffff 0", "EINVAL"),
    "staged_unpause": Way("staged_unpause {number}"),
    "launch_finalise": Way("launch_finalise", ends=True),
    "launch_fail": Way("launch_fail attempted", harmful="the launch would fail"),

    "evtchn_alloc_unbound": Way("evtchn_alloc_unbound self {number}", kept="to{number}"),
    "evtchn_bind_interdomain": Way(f"evtchn_bind_interdomain {{number}} {NOWHERE}", "EINVAL"),
    "evtchn_send": Way("evtchn_send {port}"),
    "evtchn_status": Way("evtchn_status self {port}"),
    "evtchn_bind_virq": Way("evtchn_bind_virq 0 0", again="EEXIST", others=False),
    "evtchn_bind_ipi": Way("evtchn_bind_ipi 0", kept="ipi"),
    "evtchn_bind_vcpu": Way(f"evtchn_bind_vcpu {NOWHERE} 0", "EINVAL"),
    "evtchn_unmask": Way("evtchn_unmask ipi"),
    "evtchn_close": Way("evtchn_close ipi"),

    "memory_map": Way("memory_memory_map 16"),
    "add_to_physmap": Way(f"memory_add_to_physmap {{number}} 1 0 {SCRATCH:#x}"),
    "grant_query": Way("grant_query_size {number}"),

    "hvm_get_param": Way("hvm_get_param {number} 17"),
    "hvm_set_param": Way("hvm_set_param {number} 0 0"),
    "vcpu_register_area": Way("vcpu_register_runstate_memory_area 0 buffer", others=False),
    "vcpu_timer": Way("vcpu_stop_periodic_timer 0", others=False),
    "vcpu_status": Way("vcpu_is_up 0", others=False),
    "vcpu_start": Way("vcpu_up 0", others=False),
    "vcpu_stop": Way("vcpu_down 1", others=False),
    "hypercall_page": Way("hypercall_page"),

    "sched_yield": Way("sched_yield"),
    "sched_block": Way("sched_block", harmful="nothing would wake it"),
    "sched_poll": Way(f"sched_poll {NOWHERE} 1 1", "EINVAL"),
    "sched_shutdown": Way("sched_shutdown 0", harmful="it is how each ends"),

    "console_write": Way("console_write attempted\\n"),
    "console_read": Way("console_read"),
    "version": Way("version_version"),
    "version_features": Way("version_get_features 0"),
    "version_platform": Way("version_platform_parameters"),
    "version_extraversion": Way("version_extraversion"),
    "version_compile_info": Way("version_compile_info"),
    "version_capabilities": Way("version_capabilities"),
    "version_changeset": Way("version_changeset"),
    "version_pagesize": Way("version_pagesize"),
    "version_guest_handle": Way("version_guest_handle"),
    "version_commandline": Way("version_commandline"),
    "version_build_id": Way("version_build_id 8", "ENODEV"),

    "flask_load": Way("flask_load", "EINVAL"),
    "flask_getenforce": Way("flask_getenforce"),
    "flask_setenforce": Way("flask_setenforce 1"),
    "flask_context_to_sid": Way("flask_context_to_sid", "EINVAL"),
    "flask_sid_to_context": Way("flask_sid_to_context 3", "ERANGE"),
    "flask_access": Way("flask_access 3 3 1"),
    "flask_create": Way("flask_create 3 3 1"),
    "flask_relabel": Way("flask_relabel 3 3 1"),
    "flask_member": Way("flask_member 3 3 1"),
    "flask_policyvers": Way("flask_policyvers"),
    "flask_getbool": Way("flask_getbool 4095", "ENOENT"),
    "flask_setbool": Way("flask_setbool 4095 0 0", "ENOENT"),
    "flask_commitbools": Way("flask_commitbools"),
    "flask_mls": Way("flask_mls"),
    "flask_getavc_threshold": Way("flask_getavc_threshold"),
    "flask_setavc_threshold": Way("flask_setavc_threshold 512", "EOPNOTSUPP"),
    "flask_avc_hashstats": Way("flask_avc_hashstats"),
    "flask_avc_cachestats": Way("flask_avc_cachestats 0"),
    "flask_add_ocontext": Way("flask_add_ocontext 2 0 0x400000000 0x400000000", "EINVAL"),
    "flask_del_ocontext": Way("flask_del_ocontext 2 0 0x400000000 0x400000000", "ENOENT"),
    "flask_devicetree_label": Way("flask_devicetree_label", "EINVAL"),
    "flask_get_peer_sid": Way("flask_get_peer_sid {port}", "EINVAL"),
    "flask_relabel_domain": Way("flask_relabel_domain {target} {number}", harmful="it would have another label"),
    "flask_relabel_self": Way("flask_relabel_domain self {number}", harmful="it would have another label"),
    "policy_seal": Way("policy_seal", again="EEXIST", last=True),

    "hypfs_read": Way("hypfs_version"),

    "audit_read": Way("audit_read"),
    "coverage_read": Way("coverage_read", "EWOULDBLOCK"),
    "coverage_reset": Way("coverage_reset", harmful="what was attempted before would be forgotten"),
}
# Operations that leave things out of lists: the lists of their own tests.
FILTERS = {"lcm_see_domain": "tests/qemu/test_boot_domain.py", "lcm_see_module": "tests/qemu/test_boot_domain.py",
           "hypfs_domain": "tests/qemu/test_hypfs.py", "hypfs_module": "tests/qemu/test_hypfs.py",
           "hypfs_config": "tests/qemu/test_hypfs.py", "audit_see": "tests/qemu/test_audit_tool.py"}


@dataclass
class Plan:
    """What a domain attempts, in order, and what isn't attempted, with why."""

    attempts: list[Attempt] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # of each
    left_out: list[tuple[Attempt, str]] = field(default_factory=list)

    def add(self, attempt: Attempt, way: Way, port: object, collects: bool) -> None:
        wait = f"sleep_until {LATE}\n" if way.last and attempt.allowed and attempt.when != "sealed" else ""
        command = way.command.format(number=attempt.number, target=attempt.target, index=attempt.index, port=port)
        name = f"{way.kept.format(number=attempt.number)} = " if way.kept and attempt.allowed else ""
        self.attempts.append(attempt)
        self.commands.append(f"{wait}{name}expect {result_of(attempt, way, collects)} {command}")


def result_of(attempt: Attempt, way: Way, collects: bool) -> str:
    if not attempt.allowed:
        return "EPERM"
    if attempt.gone:
        return "ESRCH"
    if way.again and (attempt.when == "sealed" or (attempt.sealed and attempt.operation == "policy_seal")):
        return way.again
    if (attempt.operation == "coverage_read" and collects) or (
            attempt.operation == "failure_read" and attempt.when == "failed"):
        return "ok"
    own = attempt.operation.startswith("staged_") and attempt.operation != "staged_stat"
    return "EBUSY" if own and attempt.number == attempt.domid else way.allowed


def reason_against(attempt: Attempt, open_to: set[int]) -> str:
    """Why it can't be attempted, or ""."""
    if attempt.operation in FILTERS:
        return f"it leaves things out of a list: see {FILTERS[attempt.operation]}"
    way = WAYS[attempt.operation]
    if not way.others and attempt.target not in (-1, attempt.domid):
        return "no call can name another domain"
    if way.harmful and attempt.allowed:
        return way.harmful
    if attempt.channel and attempt.number not in open_to:
        return "there can be no such channel"
    return ""


def order(attempt: Attempt) -> tuple[bool, ...]:
    """What is denied changes nothing and comes first, and channels before what is done by them."""
    way = WAYS[attempt.operation]
    return (attempt.when == "sealed", attempt.allowed and (way.ends or way.last), attempt.allowed, attempt.channel)


def needs(attempt: Attempt, other: Attempt) -> bool:
    """Has the other one to be done before it?"""
    if attempt.when == "sealed" and other.operation in ("policy_seal", "evtchn_bind_virq") and other.when == "after":
        return True
    if attempt.channel:
        return other.operation == "evtchn_alloc_unbound" and other.number == attempt.number
    return attempt.operation in ("evtchn_unmask", "evtchn_close") and other.operation == "evtchn_bind_ipi"


def select(attempts: list[Attempt]) -> list[Attempt]:
    """Those that are asked for, and what they need, in order."""
    wanted = [one for one in attempts if one.asked]
    return sorted((one for one in attempts if one.asked or any(needs(other, one) for other in wanted)), key=order)


def make_plan(attempts: list[Attempt], collects: bool) -> Plan:
    """Of one domain. `collects`: the hypervisor collects every decision from the start (CONFIG_COVERAGE)."""
    plan = Plan()
    open_to = {one.number for one in attempts
               if one.operation == "evtchn_alloc_unbound" and one.allowed and not one.gone}
    possible = []
    for attempt in attempts:
        if why := reason_against(attempt, open_to):
            plan.left_out.append((attempt, why))
        else:
            possible.append(attempt)
    for attempt in select(possible):
        port = f"to{attempt.number}" if attempt.channel else NOWHERE
        plan.add(attempt, WAYS[attempt.operation], port, collects)
    return plan
