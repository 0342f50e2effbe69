# SPDX-License-Identifier: BSD-2-Clause
"""Builds a small system for one test, boots it in QEMU, and knows where its log is."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from machine import BUILD, HYPERVISOR, ROOT, Console, Machine

TOOL = BUILD / "bailiwick"
PROBE = "build/probe/probe.elf"
POLICY = "build/policy/two-guests.30"
LINUX = {"kernel": "build/guests/vmlinuz", "ramdisk": "build/guests/initrd",
         "bootargs": "console=hvc0 quiet nonce=@NONCE@", "memory_mib": 256}

# Seconds. Far more than is needed, since other work may share the machine.
PROBE_PATIENCE = 60
LINUX_PATIENCE = 240

HYPERVISOR_NODE = "/chosen/hypervisor"


@dataclass
class Domain:
    """A domain of a test's system: a probe guest with a script, unless told otherwise."""

    name: str
    script: str = ""
    label: str | None = None
    kernel: str = PROBE
    ramdisk: str | None = None  # a file, instead of the script
    bootargs: str = "nonce=@NONCE@"
    memory_mib: int = 16
    cpus: int = 1
    properties: str = ""  # more of the node, in dts

    def node(self, ramdisk: str) -> str:
        label = f'security-id = "{self.label}";' if self.label else ""
        return f"""
        {self.name} {{
            compatible = "xen,domain";
            memory = <0x0 {self.memory_mib * 1024}>;
            cpus = <{self.cpus}>;
            mode = <4>;
            {label}
            {self.properties}
            kernel {{
                compatible = "module,kernel", "multiboot,module";
                source = "{self.kernel}";
                bootargs = "{self.bootargs}";
            }};
            ramdisk {{
                compatible = "module,ramdisk", "multiboot,module";
                source = "{ramdisk}";
            }};
        }};"""


def config_module(name: str, kind: str, module: str, source: str) -> str:
    return f"""
            {name} {{
                compatible = "module,{kind}", "multiboot,module";
                module-name = "{module}";
                source = "{source}";
            }};"""


def device_tree(domains: list[str], policy: str | None, microcode: str | None) -> str:
    config = config_module("policy", "xsm-policy", "policy", policy) if policy else ""
    config += config_module("microcode", "microcode", "ucode", microcode) if microcode else ""
    config = f"""
        config {{
            compatible = "xen,config";{config}
        }};""" if config else ""
    return f"""/dts-v1/;
/ {{
    chosen {{
        hypervisor {{
        compatible = "hypervisor,xen";{config}{"".join(domains)}
        }};
    }};
}};
"""


def probe() -> bytes:
    return (ROOT / PROBE).read_bytes()


def guest_a(script: str, **more: object) -> Domain:
    return Domain("guest-a", script, "guest_a_t", **more)


def guest_b(script: str, **more: object) -> Domain:
    return Domain("guest-b", script, "guest_b_t", **more)


def run_tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    """build/bailiwick; its output holds both streams."""
    return subprocess.run([TOOL, *map(str, arguments)], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build_policy(output: Path, local: Path | None = None, system: str = "two-guests") -> Path:
    """A shipped system's policy, with another local.te."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [ROOT / "policy" / "build", system, output] + ([local] if local else [])
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return output


def compile_tree(source: str) -> bytes:
    """A device tree as dtc makes it, which `bailiwick build` has nothing to do with."""
    done = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source.encode(),
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def set_property(folder: Path, node: str, name: str, *values: object, kind: str = "u") -> None:
    """Change a built LCM behind the back of `bailiwick build`."""
    subprocess.run(["fdtput", "-t", kind, folder / "lcm.dtb", f"{HYPERVISOR_NODE}{node}", name,
                    *map(str, values)], check=True)


def remove_property(folder: Path, node: str, name: str) -> None:
    subprocess.run(["fdtput", "-d", folder / "lcm.dtb", f"{HYPERVISOR_NODE}{node}", name],
                   check=True)


def remove_node(folder: Path, node: str) -> None:
    subprocess.run(["fdtput", "-r", folder / "lcm.dtb", f"{HYPERVISOR_NODE}{node}"], check=True)


@dataclass
class Bench:
    """What a test works with: build/tests/systems/NAME, and a log of the same name."""

    name: str
    consoles: list[Console] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return BUILD / "tests" / "systems" / self.name

    def build_file(self, source: str | Path, iso: bool = False, cpus: int | None = None) -> Path:
        """`bailiwick build` of a shipped system or a .dts, into a fresh folder; gives that."""
        output = self.folder / f"boot{len(list(self.folder.glob('boot*')))}"
        output.mkdir(parents=True)
        done = run_tool("build", source, "--hypervisor", HYPERVISOR, "--output", output,
                        *([] if iso else ["--no-iso"]), *(["--cpus", cpus] if cpus else []))
        assert done.returncode == 0, f"bailiwick build failed:\n{done.stdout}"
        return output

    def build(self, *domains: Domain, policy: str | Path | None = POLICY,
              microcode: Path | None = None, cpus: int | None = None) -> Path:
        """A system of these domains, for a machine with so many CPUs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        nodes = []
        for domain in domains:
            script = self.folder / f"{domain.name}.probe"
            script.write_text(domain.script)
            nodes.append(domain.node(domain.ramdisk or str(script)))
        source = self.folder / "system.dts"
        source.write_text(device_tree(nodes, str(policy) if policy else None,
                                      str(microcode) if microcode else None))
        return self.build_file(source, cpus=cpus)

    def start(self, machine: Machine) -> Console:
        number = f"-{len(self.consoles) + 1}" if self.consoles else ""
        console = Console(machine, BUILD / "tests" / "logs" / f"{self.name}{number}.log")
        self.consoles.append(console)
        return console

    def boot(self, folder: Path, **options: object) -> Console:
        """Start a built folder without GRUB, which is fast; with one CPU, unless asked for more."""
        return self.start(Machine(modules=folder, **{"cpus": 1, **options}))

    def boot_modules(self, modules: dict[str, bytes], **options: object) -> Console:
        """Start these modules, by their lines in the boot menu; the first word is a file's name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for line, data in modules.items():
            (self.folder / line.split()[0]).write_bytes(data)
        (self.folder / "modules").write_text("".join(f"{line}\n" for line in modules))
        return self.boot(self.folder, **options)

    def run(self, *domains: Domain, policy: str | Path | None = POLICY,
            cpus: int = 1, **options: object) -> Console:
        """Build, boot, and wait until every domain has stopped."""
        console = self.boot(self.build(*domains, policy=policy, cpus=cpus), cpus=cpus, **options)
        must_see(console, "bailiwick", "all domains have stopped")
        return console

    def stop(self, console: Console) -> None:
        """Not needed any more."""
        self.consoles.remove(console)
        console.close()

    def clean(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        for console in self.consoles:
            console.close()


def must_see(console: Console, speaker: str, text: str, timeout: float = PROBE_PATIENCE) -> str:
    """Wait until a speaker has said something; gives the whole line without the speaker."""
    found = console.wait_for(rf"^\[{re.escape(speaker)}\] .*{re.escape(text)}", timeout)
    assert found, f"[{speaker}] hasn't said {text!r}. {console.complaints()}"
    return found.string.partition("] ")[2]


def denials(console: Console, hook: str) -> list[str]:
    """The audit records of Flask's denials of an operation."""
    return [line for line in console.said_by("bailiwick")
            if line.startswith("avc:  denied") and f" hook={hook} " in line]
