#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets, witnesses and lines that are wrong: one line that names the input and the mend, and never a guess.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

expect 2 "no instruction is called 'popff', the nearest names are 'popf'" probe popff
expect 2 "'' names no instruction and has no hex digits; give bytes" probe ''
expect 2 "'salc' does not exist in long64" probe salc
expect 2 "'9d9c' is more than one instruction in long64: popfq ends at offset 1, 1 byte is left" probe 9d9c
expect 2 "cannot decode '0f' in long64: .* at offset 1, where the input ends" probe 0f
expect 2 "cannot decode 'b80102' in long64: .* at offset 3" probe b80102
expect 2 "has 16 bytes, an instruction has 1 to 15" probe 66666666666666666666666666666690
expect 2 "'0x9' has 1 hex digits, half a byte too many" probe 0x9
expect 2 "'0x' names no instruction and has no hex digits" probe 0x
expect 2 "'-' stands alone" probe 9d -
expect 2 "'-' takes the mode from each line" probe -m prot32 -

# Undecodable hex runs as it stands; a word that could be both is the name; 0x and blanks make it hex.
shows '"vector":6,"name":"#UD"' probe -q -f json 06
shows '"encoding":"37"' probe -q -f json -m prot32 aaa
shows '"encoding":"0f01e0"' probe -q -f json -m prot32 '0F 01 E0'
shows '"mnemonic":"fadd"' probe -q -f json fadd
shows '"mnemonic":"fcmovb"' probe -q -f json 0xdac1
shows '"mnemonic":"popfq"' probe -q -f json PopF

# Witnesses: none of the changed ones runs.
run probe -q -f json -m prot32 0f0103
witness=$(sed 's/.*"replay":"\([^"]*\)".*/\1/' out)
expect 0 '' replay "$witness"
grep -qx 'reproduces' out || fail 'replay says that it reproduces'
expect 2 "'rp2' is no witness version" replay "rp2${witness#rp1}"
expect 2 'checksum' replay "${witness/prot32/long64}"
expect 2 'checksum' replay "${witness%?}"
expect 2 'fields between colons, this has fewer' replay rp1:unicorn
expect 2 'fields between colons' replay "$witness:x"
expect 2 'at most 2000' replay "$(printf 'rp1:%03000d' 0)"
expect 2 'fields|checksum' replay "$(printf 'rp1:\033[2J\nx')"
expect 2 "'/dev/null' holds no witness and no finding" replay /dev/null
expect 2 "'none' is no witness, .* and no file: No such file" replay none
expect 2 "'.' holds no input of a fuzz campaign" replay .

# A finding's witness says how its run ended, and nothing else.
of=rp1:unicorn:legacy:prot32:9d:finding:-:ring=3:ring=3
expect 0 '' replay $of:retired.0.1:011ddc78
expect 1 '' replay $of:retired.0.2:dedd772a
for end in retired.0.1.:2b96bd40 retired.256.1:baf2358e retired.0.16:7be42340 retired:d0461202 retired.0:e2d8c9a3 \
    jumped.0.1:b5f573f6 retired.-1.1:97dcf8e0 retired.0.:cb87dd46; do
    expect 2 'is no end of a run: OUTCOME.VECTOR.LENGTH' replay $of:$end
done

# Several, and from standard input with its line numbers; comments and empty lines are passed over.
printf '# a comment\n\n%s\n%s\n' "$witness" "$witness" >lines
run replay - <lines
[ "$status $(grep -cx reproduces out)" = '0 2' ] || fail "two lines: $status, $(cat err)"
run replay - < <(printf '%s\nrp1:bad\n' "$witness")
[[ $status -eq 2 && $(<err) = 'ringprobe: line 2: '* ]] || fail "a bad second line: $status, $(cat err)"
run replay -f json "$witness"
grep -q '"schema":"ringprobe.replay/1".*"reproduced":true,"why":null' out || fail 'replay in JSON'

# The stream: one answer for each record, in order, errors in their places, and all of it although some are bad.
{
    printf 'prot32 9d # popf\r\n\n# nothing\nlong64\t0f 01 e0\nprot32 9d9d\nfoo 9d\nprot32\nreal16 zz\n'
    printf 'prot32 \0009d\n%05000d\nvm86 fa' 7
} >lines
run probe -q -f json - <lines
[ "$status" -eq 2 ] || fail "mixed lines: exit status $status"
[ "$(wc -l <err)" -eq 1 ] || fail "mixed lines: $(cat err)"
python3 - <<'P' || fail 'mixed lines: the answers'
import json
rows = [json.loads(line) for line in open("out")]
kinds = [row.get("encoding") or row["line"] for row in rows]
assert kinds == ["9d", "0f01e0", 5, 6, 7, 8, 9, 10, "fa"], kinds
assert all(row["schema"] == "ringprobe.error/1" and row["error"] for row in rows if "line" in row)
assert rows[6]["input"] == "prot32 \x009d", rows[6]
assert rows[0]["mode"] == "prot32" and rows[8]["mode"] == "vm86"
P
run probe -q -f json - </dev/null
[[ $status -eq 0 && ! -s out ]] || fail 'an empty stream is no error'
run probe -q -f json - <.
[[ $status -eq 2 && $(<err) = *'cannot read standard input: Is a directory' ]] || fail "a folder: $(cat err)"
finish
