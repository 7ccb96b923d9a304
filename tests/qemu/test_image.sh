#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest images are whole: no symbol that somebody else would have to define, none of x87 or vector registers,
# which are the test's, but in wide.c (guest/image/wide.h), and a multiboot header in the first 8 KiB.
set -euo pipefail
guests=$RP_BUILD/guest
if [ ! -d "$guests" ]; then
    echo 'no guest images: they are made for x86-64 hosts'
    exit 77
fi
status=0
for bits in 64 32; do
    undefined=$(nm -u "$guests/guest$bits.elf")
    [ -z "$undefined" ] || { echo "guest$bits: undefined: $undefined" && status=1; }
    mapfile -t objects < <(find "$guests" -name "*.$bits.o" ! -name 'wide*')
    [ "${#objects[@]}" -gt 20 ] || { echo "guest$bits: ${#objects[@]} objects" && status=1; }
    used=$(objdump -d --no-show-raw-insn "${objects[@]}" | grep -E '%[xyz]mm[0-9]|%st\b|%mm[0-7]' |
        grep -vE '\(bad\)' | head -n 3 || true)
    [ -z "$used" ] || { echo "guest$bits: uses the test's registers: $used" && status=1; }
    head -c 8192 "$guests/guest$bits.bin" | od -An -v -tx4 -w4 | grep 1badb002 >/dev/null ||
        { echo "guest$bits: no multiboot header" && status=1; }
done
exit $status
