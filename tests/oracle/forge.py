# SPDX-License-Identifier: BSD-2-Clause
"""
Bounds that no compiler would let pass. It refuses a type with a right that its parent lacks, so in
what it makes bounds take nothing away at run time; but who loads a policy can't rely on that.
"""

from __future__ import annotations

import re
import struct

PRIMARY = 1  # a type's properties: neither attribute nor alias
FORGED = re.compile(r"^# forged bounds: (\w+) (\w+)$", re.MULTILINE)


def find_type(image: bytes, name: str) -> tuple[int, int]:
    """Where a type's record begins, and its value. Record: length, value, properties, bounds, name."""
    header, text = 16, name.encode()
    at = image.find(text)
    while at >= 0:
        begin = at - header
        if begin >= 0:
            length, value, properties, bounds = struct.unpack_from("<4I", image, begin)
            if (length, properties, bounds) == (len(text), PRIMARY, 0):
                return begin, value
        at = image.find(text, at + 1)
    raise ValueError(f"there is no type {name}, or it has bounds already")


def forge_bounds(image: bytes, source: str) -> bytes:
    """Give the compiled policy the bounds that its source names in comments."""
    forged = bytearray(image)
    for parent, child in FORGED.findall(source):
        begin, _ = find_type(image, child)
        _, value = find_type(image, parent)
        struct.pack_into("<I", forged, begin + 12, value)
    return bytes(forged)
