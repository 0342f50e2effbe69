# SPDX-License-Identifier: BSD-2-Clause
"""What a launch leaves to be read in hypfs, and who reads what of it: probes, and Debian's xenhypfs in Linux."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench import (LINUX, LINUX_PATIENCE, POLICY, PROBE, Bench, Domain, build_policy, denials, guest_a, guest_b,
                   must_see, set_property)
from machine import ROOT, Console
from shells import Shells

# guest_a sees everything, guest_b itself, guest_c nothing.
LOCAL = """
guest_domain(guest_c)
launch_reader(guest_a_t, domain_type)
launch_module_reader(guest_a_t, module_type)
launch_config_reader(guest_a_t, config_t)
launch_reader(guest_b_t, self)
"""
PUBLISHED = "answer = 42\nsecond = line\n"
NOT_THERE = "-2 ENOENT"
DENIED = "-1 EPERM"


def policy(bench: Bench, local: str = LOCAL, system: str = "two-guests") -> Path:
    bench.folder.mkdir(parents=True, exist_ok=True)
    source = bench.folder / "local.te"
    source.write_text(local)
    return build_policy(bench.folder / "policy.30", source, system)


def config(bench: Bench, publish: int = 1, text: str = PUBLISHED, name: str = "settings") -> str:
    """A domain's module of type config."""
    bench.folder.mkdir(parents=True, exist_ok=True)
    source = bench.folder / name
    source.write_text(text)
    return f"""
            config {{
                compatible = "module,config", "multiboot,module";
                source = "{source}";
                publish = <{publish}>;
            }};"""


def reading(*paths: str) -> str:
    return "".join(f"hypfs {path}\n" for path in paths)


def answer(console: Console, name: str, path: str) -> str:
    """What a domain has read there: the text in quotes, or the number, or the error."""
    line = must_see(console, name, f"hypfs {path} = ").partition(" = ")[2]
    if '"' in line:
        return line.partition('"')[2].removesuffix('"')
    return line.partition(" type=")[0]


def guest_c(script: str, **more: object) -> Domain:
    return Domain("guest-c", script, "guest_c_t", **more)


def sha256(path: Path | str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def test_the_launch_and_its_policy(bench: Bench) -> None:
    compiled = policy(bench)
    paths = ["/", "/launch", "/launch/style", "/launch/finalised", "/launch/steps", "/launch/policy/mode",
             "/launch/policy/sealed", "/launch/policy/sha256", "/launch/domains",
             "/launch/steps/01-start", "/launch/steps/04-domains", "/launch/steps/13-unpause"]
    console = bench.run(guest_a("hypfs_version\n" + reading(*paths)), guest_b("say idle"), policy=compiled)
    read = {path: answer(console, "guest-a", path) for path in paths}
    must_see(console, "guest-a", "hypfs_version = 1")
    assert read["/"] == "launch"
    assert read["/launch"] == "style finalised steps policy domains modules"
    assert read["/launch/style"] == "hyperlaunch"
    assert read["/launch/finalised"] == "1"
    assert read["/launch/policy/mode"] == "enforcing"
    assert read["/launch/policy/sealed"] == "0"
    assert read["/launch/policy/sha256"] == sha256(compiled)
    assert read["/launch/domains"] == "guest-a guest-b"
    assert read["/launch/steps"] == ("01-start 02-lcm 03-policy 04-domains 05-boot-domain 10-finalise "
                                     "11-console 12-reclaim 13-unpause")
    start, built, unpaused = (int(read[f"/launch/steps/{step}"])
                              for step in ("01-start", "04-domains", "13-unpause"))
    assert 0 < start < built < unpaused < 60 * 10**9


def test_domains(bench: Bench) -> None:
    """Those that run, with a label of today."""
    values = ("name", "domid", "uuid", "state", "label", "roles", "memory", "vcpus", "config")
    paths = [f"/launch/domains/{name}/{value}" for name in ("guest-a", "guest-b") for value in values]
    uuid = "domain-uuid = [00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff];"
    roles = "permissions = <0x1>; functions = <0x4>;"
    console = bench.run(guest_a(reading(*paths)),
                        guest_b("sleep 3000", memory_mib=24, cpus=3, properties=uuid + roles),
                        policy=policy(bench, LOCAL + "allow xenboot_t guest_b_t:bw_role { control console };\n"))
    read = {path.removeprefix("/launch/domains/"): answer(console, "guest-a", path) for path in paths}
    assert [read[f"guest-a/{value}"] for value in values] == [
        "guest-a", "1", "00000000-0000-0000-0000-000000000000", "running", "system_u:vm_r:guest_a_t",
        "none", str(16 * 1024), "1", NOT_THERE]
    assert [read[f"guest-b/{value}"] for value in values] == [
        "guest-b", "2", "00112233-4455-6677-8899-aabbccddeeff", "running", "system_u:vm_r:guest_b_t",
        "control, console", str(24 * 1024), "3", NOT_THERE]


def test_a_domain_that_has_ended(bench: Bench) -> None:
    console = bench.run(guest_a("sleep 1500\nhypfs /launch/domains/guest-b/state\n"), guest_b("say idle"),
                        policy=policy(bench))
    assert answer(console, "guest-a", "/launch/domains/guest-b/state") == "stopped"


def test_modules(bench: Bench) -> None:
    """Their digests are those of the files, although the modules are gone."""
    count = 6
    paths = [f"/launch/modules/{number}/{value}" for number in range(count)
             for value in ("name", "size", "label", "sha256")]
    folder = bench.build(guest_a("say begins\n" + reading(*paths, "/launch/modules")), guest_b("say idle"),
                         policy=policy(bench))
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    numbers = answer(console, "guest-a", "/launch/modules").split()
    assert numbers == [str(number) for number in range(len(numbers))]
    read = {path.removeprefix("/launch/modules/"): answer(console, "guest-a", path)
            for path in paths if path.split("/")[3] in numbers}
    files = {read[f"{number}/name"]: number for number in numbers}
    assert read["0/name"] == "lcm.dtb" and read["0/sha256"] == sha256(folder / "lcm.dtb")
    for name, path, label in (("policy", bench.folder / "policy.30", "policy_t"),
                              ("probe.elf", ROOT / PROBE, "kernel_t")):
        number = files[name]
        assert read[f"{number}/sha256"] == sha256(path)
        assert read[f"{number}/size"] == str(path.stat().st_size)
        assert read[f"{number}/label"] == f"system_u:object_r:{label}"


def test_who_sees_itself_alone(bench: Bench) -> None:
    """What it may not see isn't there, and nothing says that it has asked."""
    paths = ["/launch/style", "/launch/policy/mode", "/launch/domains", "/launch/domains/guest-b/state",
             "/launch/domains/guest-a", "/launch/domains/guest-a/state", "/launch/domains/nobody",
             "/launch/modules", "/launch/modules/0", "/launch/modules/1/sha256"]
    console = bench.run(guest_a("say idle"), guest_b(reading(*paths)), policy=policy(bench))
    assert [answer(console, "guest-b", path) for path in paths] == [
        "hyperlaunch", "enforcing", "guest-b", "running", NOT_THERE, NOT_THERE, NOT_THERE, "", NOT_THERE,
        NOT_THERE]
    assert not any("avc:" in line for line in console.said_by("bailiwick"))


def test_who_may_not_at_all(bench: Bench) -> None:
    console = bench.run(guest_a("say idle"), guest_b("say idle"),
                        guest_c("hypfs_version\n" + reading("/", "/nothing") + "hypfs_write /launch/style\n"),
                        policy=policy(bench))
    assert answer(console, "guest-c", "/") == answer(console, "guest-c", "/nothing") == DENIED
    must_see(console, "guest-c", f"hypfs_version = {DENIED}")
    must_see(console, "guest-c", f"hypfs_write /launch/style = {DENIED}")
    records = denials(console, "hypfs_read")
    assert len(records) == 4
    assert all("denied  { hypfs_op } for domid=3 " in record and
               "scontext=system_u:vm_r:guest_c_t tcontext=system_u:system_r:xen_t tclass=xen" in record
               for record in records)


def test_nothing_can_be_written(bench: Bench) -> None:
    console = bench.run(guest_a("hypfs_write /launch/style\nhypfs_write /launch\nhypfs_write /launch/nothing\n"),
                        guest_b("hypfs_write /launch/domains/guest-a/state\n"), policy=policy(bench))
    must_see(console, "guest-a", "hypfs_write /launch/style = -13 EACCES")
    must_see(console, "guest-a", "hypfs_write /launch = -13 EACCES")
    must_see(console, "guest-a", f"hypfs_write /launch/nothing = {NOT_THERE}")
    must_see(console, "guest-b", f"hypfs_write /launch/domains/guest-a/state = {NOT_THERE}")


@pytest.mark.parametrize("rule, publish, found", [
    ("launch_config_reader(guest_b_t, config_t)\n", 1, True),
    ("launch_config_reader(guest_b_t, config_t)\n", 0, False),
    ("", 1, False),
], ids=["allowed", "not-published", "not-allowed"])
def test_config(bench: Bench, rule: str, publish: int, found: bool) -> None:
    """A domain reads what the launch has for it, if that is published and the policy lets it."""
    path = "/launch/domains/guest-b/config"
    console = bench.run(guest_a("say idle"),
                        guest_b(f"say begins\nhypfs {path}\n",
                                properties=config(bench, publish, text="answer = 42")),
                        policy=policy(bench, LOCAL + rule))
    assert answer(console, "guest-b", path) == ("answer = 42" if found else NOT_THERE)


def test_config_that_is_too_large(bench: Bench) -> None:
    path = "/launch/domains/guest-a/config"
    console = bench.run(guest_a(f"say begins\nhypfs {path}\n", properties=config(bench, text="x" * 65536)),
                        guest_b("say idle"), policy=policy(bench))
    assert answer(console, "guest-a", path) == NOT_THERE
    must_see(console, "bailiwick", "isn't published: it has 65536 bytes, and at most 65535 are kept")


def test_after_a_failure(bench: Bench) -> None:
    """The crash domain reads how far it went."""
    paths = ["/launch/steps", "/launch/finalised", "/launch/policy/sealed", "/launch/domains"]
    rescue = Domain("rescue", reading(*paths), "guest_b_t", properties="functions = <2>;")
    folder = bench.build(Domain("other", "say begins", "guest_a_t"), rescue,
                         policy=policy(bench, "crash_domain(guest_b)\nlaunch_reader(guest_b_t, domain_type)\n"))
    set_property(folder, "/other", "security-id", "nobody_t", kind="s")
    console = bench.boot(folder)
    must_see(console, "bailiwick", "all domains have stopped")
    assert [answer(console, "rescue", path) for path in paths] == [
        "01-start 02-lcm 03-policy", "1", "1", "rescue"]


BOOT_READS = """
boot_domain(boot)
boot_starts(boot, guest_b_t)
launch_reader(boot_t, domain_type)
launch_reader(guest_a_t, domain_type)
"""


def test_while_the_boot_domain_prepares(bench: Bench) -> None:
    """It reads how far the launch is; when it is gone, others read that."""
    paths = ["/launch/finalised", "/launch/steps", "/launch/domains", "/launch/domains/guest-a/state",
             "/launch/domains/prepare/state", "/launch/domains/prepare/roles"]
    boot = Domain("prepare", "launch_info\n" + reading(*paths) + "staged_unpause 2\nhypfs /launch/domains/guest-b/state\n"
                  "launch_finalise\n", "boot_t", properties="functions = <1>;")
    console = bench.run(guest_a(reading(*paths)), guest_b("sleep 3000"), boot, policy=policy(bench, BOOT_READS))
    assert [answer(console, "prepare", path) for path in paths] == [
        "0", "01-start 02-lcm 03-policy 04-domains 05-boot-domain 06-came-up", "guest-a guest-b prepare", "staged",
        "running", "boot"]
    assert answer(console, "prepare", "/launch/domains/guest-b/state") == "running"
    assert [answer(console, "guest-a", path) for path in paths] == [
        "1", "01-start 02-lcm 03-policy 04-domains 05-boot-domain 06-came-up 07-prepare 09-finalised 10-finalise "
        "11-console 12-reclaim 13-unpause", "guest-a guest-b prepare", "running", "gone", "none"]


def test_policy_for_xen(bench: Bench) -> None:
    """Without classes of ours, xen:hypfs_op shows the modules and domain:getdomaininfo what is published."""
    paths = ["/launch/domains", "/launch/domains/domu/label", "/launch/domains/domu/config", "/launch/modules"]
    label = "system_u:system_r:{}_t".format
    console = bench.run(Domain("dom0", "say begins\n" + reading(*paths), label("dom0")),
                        Domain("domu", "sleep 1000\n" + reading("/"), label("domU"),
                               properties=config(bench, text="answer = 42")),
                        policy="build/policy/xen-style.30")
    assert [answer(console, "dom0", path) for path in paths[:3]] == ["domu", label("domU"), "answer = 42"]
    assert answer(console, "dom0", "/launch/modules").startswith("0 1 2 3")
    assert answer(console, "domu", "/") == DENIED


# A guest that has just what is asked in the place of our classes.
JUST_THAT = """
allow domU_t xen_t:xen hypfs_op;
allow domU_t dom0_t:domain getdomaininfo;
"""


def test_policy_for_xen_asks_for_just_that(bench: Bench) -> None:
    paths = ["/launch/domains", "/launch/domains/dom0/config", "/launch/modules"]
    label = "system_u:system_r:{}_t".format
    console = bench.run(Domain("dom0", "sleep 1000\n", label("dom0"), properties=config(bench, text="answer = 42")),
                        Domain("domu", "say begins\n" + reading(*paths), label("domU")),
                        policy=policy(bench, JUST_THAT, "xen-style"))
    assert [answer(console, "domu", path) for path in paths[:2]] == ["dom0", "answer = 42"]
    assert answer(console, "domu", "/launch/modules").startswith("0 1 2 3")


WHEN_SEALED = """
launch_reader(guest_a_t, domain_type)
launch_module_reader(guest_a_t, module_type)
launch_config_reader(guest_a_t, config_t)
policy_writer(guest_a_t)
allow xenboot_t guest_a_t:bw_role control;
"""


def test_when_the_policy_is_sealed(bench: Bench) -> None:
    """All of it is there to be read for ever."""
    paths = ["/launch/policy/sealed", "/launch/domains", "/launch/domains/guest-b/config", "/launch/modules"]
    script = "expect 0 policy_seal\n" + reading(*paths)
    console = bench.run(guest_a(script, properties="permissions = <1>;"),
                        guest_b("sleep 1000\n", properties=config(bench, text="answer = 42")),
                        policy=policy(bench, WHEN_SEALED))
    assert [answer(console, "guest-a", path) for path in paths[:3]] == ["1", "guest-a guest-b", "answer = 42"]
    assert answer(console, "guest-a", "/launch/modules").startswith("0 1 2 3")


def test_storm(bench: Bench) -> None:
    """Every bad pointer and size, of who may: the machine lives, and so does the other domain."""
    script = "quiet storm_hypercalls 42 42\nhypfs /launch/style\n"
    console = bench.run(guest_a(script), guest_b("counter 20 20"), policy=policy(bench))
    assert answer(console, "guest-a", "/launch/style") == "hyperlaunch"
    must_see(console, "guest-b", "heartbeat 20")


# other_t may read nothing, until tools sets the boolean; then itself.
TOOLS_LOCAL = """
typeattribute other_t launch_reader_type;
bool other_may_read false;
if (other_may_read) {
    allow other_t xen_t:xen hypfs_op;
    allow other_t self:domain getdomaininfo;
    allow other_t config_t:bw_module read;
}
"""

TREE = """\
/
  launch/
    style
    finalised
    steps/
      01-start
      02-lcm
      03-policy
      04-domains
      05-boot-domain
      10-finalise
      11-console
      12-reclaim
      13-unpause
    policy/
      mode
      sealed
      sha256
    domains/
      {domains}
    modules/
"""
DOMAIN_VALUES = ("name", "domid", "uuid", "state", "label", "roles", "memory", "vcpus")


def linux(name: str, properties: str) -> Domain:
    return Domain(name, label=f"{name}_t", properties=properties,
                  **{**LINUX, "ramdisk": str(ROOT / "build/guests/initrd-xen")})


def check_reader(shells: Shells, compiled: Path) -> None:
    out, errors, code = shells.output("tools", "xenhypfs ls /")
    assert (out, errors, code) == ("<dir>    r- launch\n", "", 0)
    out, errors, code = shells.output("tools", "xenhypfs tree")
    assert (errors, code) == ("", 0)
    assert out.startswith(TREE.partition("{domains}")[0])
    assert "      other/\n" + "".join(f"        {value}\n" for value in (*DOMAIN_VALUES, "config")) in out
    for path, text in (("style", "hyperlaunch"), ("policy/sha256", sha256(compiled)), ("finalised", "1"),
                       ("domains/tools/roles", "control"), ("domains/other/memory", str(256 * 1024)),
                       ("domains/other/config", PUBLISHED)):
        assert shells.output("tools", f"xenhypfs cat /launch/{path}") == (f"{text}\n", "", 0), path
    out, errors, code = shells.output("tools", "xenhypfs cat /launch/nothing")
    assert (out, code) == ("", 3) and "No such file or directory" in errors
    out, errors, code = shells.output("tools", "xenhypfs write /launch/style classic")
    assert (out, code) == ("", 3) and "Permission denied" in errors


def test_xenhypfs(bench: Bench) -> None:
    """Debian's tool, unmodified, in who may see all, in who may not at all, and in who sees itself."""
    compiled = policy(bench, TOOLS_LOCAL, "flask-tools")
    console = bench.boot(bench.build(linux("tools", "permissions = <0x1>;"), linux("other", config(bench)),
                                     policy=compiled))
    names = ("tools", "other")
    for name in names:
        assert console.wait_for(rf"^\[{name}\] .*powers the domain off", LINUX_PATIENCE)
    shells = Shells(console, names)
    check_reader(shells, compiled)
    out, errors, code = shells.output("other", "xenhypfs tree")
    assert (out, code) == ("", 2) and "Could not open libxenhypfs" in errors
    assert "denied  { hypfs_op } for domid=2 " in denials(console, "hypfs_read")[0]
    assert shells.output("tools", "flask-set-bool other_may_read 1")[2] == 0
    alone = "other/\n" + "".join(f"        {value}\n" for value in (*DOMAIN_VALUES, "config"))
    assert shells.output("other", "xenhypfs tree") == (TREE.format(domains=alone.rstrip()), "", 0)
    assert shells.output("other", "xenhypfs cat /launch/domains/other/config") == (PUBLISHED + "\n", "", 0)
    assert shells.output("other", "xenhypfs ls /launch/domains/tools")[2] == 3
