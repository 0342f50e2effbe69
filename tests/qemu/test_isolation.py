# SPDX-License-Identifier: BSD-2-Clause
"""What one domain does wrong stays its own affair."""

from __future__ import annotations

import re

from bench import PROBE_PATIENCE, Bench, guest_a, guest_b, must_see, set_property
from machine import Console

HEARTBEATS = "say hello\ncounter 100 10\n"
# Nine pauses of 100 ms between the first heartbeat and the tenth; the rest is the machine's noise.
SLOWEST_SECONDS = 4


def heartbeat_seconds(console: Console) -> float:
    """How long the second domain took for its heartbeats."""
    must_see(console, "guest-b", "heartbeat 10")
    first = console.lines.index("[guest-b] heartbeat 1")
    last = console.lines.index("[guest-b] heartbeat 10")
    return console.times[last] - console.times[first]


def test_spinning_guest_leaves_time_to_others(bench: Bench) -> None:
    folder = bench.build(guest_a("spin"), guest_b("sleep 200\n" + HEARTBEATS))
    console = bench.boot(folder)
    must_see(console, "guest-a", "spin")
    assert heartbeat_seconds(console) < SLOWEST_SECONDS
    must_see(console, "bailiwick", "domain guest-b: shutdown: poweroff")
    assert not any("domain guest-a: shutdown" in line for line in console.lines)


def test_triple_fault_ends_one_domain(bench: Bench) -> None:
    console = bench.run(guest_a("triple_fault"), guest_b("sleep 200\n" + HEARTBEATS))
    must_see(console, "bailiwick", "domain guest-a: shutdown: crash")
    must_see(console, "bailiwick", "domain guest-b: shutdown: poweroff")
    must_see(console, "guest-b", "heartbeat 10")


def test_ways_to_stop(bench: Bench) -> None:
    console = bench.run(guest_a("crash"), guest_b("reboot"))
    must_see(console, "bailiwick", "domain guest-a: shutdown: crash")
    must_see(console, "bailiwick", "domain guest-b: shutdown: reboot")


def test_optional_domain_fails_alone(bench: Bench) -> None:
    """`bailiwick build` refuses such a domain, so the mode is changed behind its back."""
    folder = bench.build(guest_a("say never", properties="required = <0>;"), guest_b(HEARTBEATS))
    set_property(folder, "/guest-a", "mode", 1)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "domain guest-a failed:")
    must_see(console, "bailiwick", "launch finalised")
    must_see(console, "guest-b", "heartbeat 10")
    must_see(console, "bailiwick", "all domains have stopped")
    assert not console.said_by("guest-a")


def test_required_domain_fails_the_launch(bench: Bench) -> None:
    folder = bench.build(guest_a("say never"), guest_b("say never"))
    set_property(folder, "/guest-a", "mode", 1)
    console = bench.boot(folder)
    must_see(console, "bailiwick", "launch refused:")
    console.wait_end(PROBE_PATIENCE)
    assert not console.said_by("guest-b")


FORGERIES = [
    r"say [bailiwick] forged",
    r"print \r[bailiwick] forged\n",
    r"print honest\r[bailiwick] forged\n",
    r"print honest\n[bailiwick] forged\n",
    r"print \n\n[bailiwick] forged\n",
    r"print \n\r[bailiwick] forged\r\n",
    r"print \x0b[bailiwick] forged\x0c[bailiwick] forged\n",
    r"print \x85[bailiwick] forged\n",
    r"print \xe2\x80\xa8[bailiwick] forged\n",
    r"print \x00[bailiwick] forged\n",
    r"print no end of line",
    r"sleep 50",
    r"print [bailiwick] forged",
    r"sleep 50",
    r"print \n",
    "say " + "x" * 400 + "[bailiwick] forged",
    r"console_write \n[bailiwick] forged\n",
    r"console_write [bailiwick] forged\n",
]

# Where a terminal or a log reader could see a new line begin.
LINE_STARTS = re.compile(rb"[\r\n\x0b\x0c\x85]|\xe2\x80\xa8|\xe2\x80\xa9")


def test_nobody_speaks_for_the_hypervisor(bench: Bench) -> None:
    console = bench.run(guest_a("\n".join(FORGERIES)), guest_b("say idle"))
    raw = console.log.read_bytes()
    assert raw.count(b"forged") >= len(FORGERIES) / 2, "most of it is shown, under its own name"
    for piece in LINE_STARTS.split(raw):
        assert not re.match(rb"\s*\[bailiwick\].*forged", piece), piece


def test_every_line_has_a_speaker_in_front(bench: Bench) -> None:
    """Also when two domains print at once, in pieces, without ends of lines."""
    chatter = "".join(f"print a{i} \nsleep 3\n" for i in range(40))
    console = bench.run(guest_a(chatter + r"print \n"), guest_b(chatter + r"print \n"))
    for line in console.lines:
        assert re.match(r"\[(bailiwick|guest-a|guest-b)\] |$", line), line


def screen(raw: bytes) -> list[bytes]:
    """What a terminal shows that knows carriage return, backspace and newline."""
    rows = [bytearray()]
    column = 0
    for byte in raw:
        if byte == ord("\n"):
            rows.append(bytearray())
            column = 0
        elif byte == ord("\r"):
            column = 0
        elif byte == ord("\b"):
            column = max(column - 1, 0)
        else:
            rows[-1][column:column + 1] = bytes([byte])
            column += 1
    return [bytes(row) for row in rows]


MOVES = [
    r"print \x1b[2K\x1b[1G[bailiwick] forged\n",
    r"print \x1b[H\x1b[J[bailiwick] forged\n",
    r"print \x9b1G[bailiwick] forged\n",
    r"print \x1bM[bailiwick] forged\n",
    r"print abc" + r"\x08" * 40 + r"[bailiwick] forged\n",
    r"print abc" + r"\x7f" * 40 + r"[bailiwick] forged\n",
    r"print ab\rc\r\x08\x08\r[bailiwick] forged\n",
]


def test_nobody_moves_the_cursor_over_a_speaker(bench: Bench) -> None:
    console = bench.run(guest_a("\n".join(MOVES)), guest_b("say idle"))
    raw = console.log.read_bytes()
    assert raw.count(b"forged") >= len(MOVES)
    assert not re.search(rb"[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f\x9b]", raw)
    for row in screen(raw):
        assert re.match(rb"\[(bailiwick|guest-a|guest-b)\] |$", row), row
        assert not re.match(rb"\[bailiwick\].*forged", row), row


def test_flood_drowns_nobody(bench: Bench) -> None:
    folder = bench.build(guest_a("flood 20000"), guest_b("sleep 200\n" + HEARTBEATS))
    console = bench.boot(folder)
    assert heartbeat_seconds(console) < SLOWEST_SECONDS * 2


def test_denials_are_counted_not_drowned_in(bench: Bench) -> None:
    """A domain's quota of audit lines leaves room for the other's single denial."""
    many = "retry 2000 0 evtchn_alloc_unbound self 2\n"
    one = "sleep 300\nexpect EPERM hvm_get_param 1 17\n"
    console = bench.run(guest_a(many), guest_b(one))
    records = [line for line in console.said_by("bailiwick") if line.startswith("avc:")]
    assert any("domid=2 " in record for record in records)
    assert len(records) < 2000
