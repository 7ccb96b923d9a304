#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A campaign on a disk that is full, and in a folder that cannot be written: one line, exit status 2, and what was
# committed is there. Needs a file system of its own, which a user namespace may mount where that is allowed.
set -euo pipefail
if [ -z "${inside:-}" ]; then
    unshare --user --map-root-user --mount true 2>/dev/null || { echo 'no user namespaces here'; exit 77; }
    exec env inside=1 unshare --user --map-root-user --mount "$0"
fi
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
small=(-q -m 'prot32,real16' --limit 3000)
mkdir disk
mount -t tmpfs -o size=256k none disk || { echo 'no tmpfs in a user namespace here'; exit 77; }
trap 'umount disk; rm -rf "$work"' EXIT

"$RINGPROBE" scan "${small[@]}" -o whole.db --report whole.canonical 2>err || fail "undisturbed: $(cat err)"
expect 2 "the campaign 'disk/c.db': the disk is full; what it has is safe" scan "${small[@]}" -o disk/c.db
run report disk/c.db -f canonical
[ "$status" -eq 0 ] || fail "report from a full disk: $(cat err)"
judged=$(sed -n 's/^# prot32: \([0-9]*\) of .*/\1/p' out)
echo "$judged encodings before the disk was full"
[ "${judged:-0}" -lt 3000 ] || fail 'the disk was not full'
mount -o remount,size=4m none disk
run scan "${small[@]}" -o disk/c.db --report disk.canonical
[ "$status" -eq 0 ] || fail "with room again: $(cat err)"
cmp whole.canonical disk.canonical || fail 'a full disk changed what was found'

# Shards whose merge has no room: nothing is left of it, and with room the same command makes it.
for i in 0 1; do
    "$RINGPROBE" scan "${small[@]}" --shard $i/2 -o s$i.db 2>err || fail "shard $i: $(cat err)"
done
head -c 3500k /dev/zero >disk/filler
expect 2 "the campaign 'disk/m.db': the disk is full" merge -o disk/m.db s0.db s1.db
[ "$(cd disk && echo *)" = 'c.db filler' ] || fail "a merge left on the full disk: $(ls disk)"
rm disk/filler
run merge -o disk/m.db s0.db s1.db
[ "$status" -eq 0 ] || fail "merge with room again: $(cat err)"
run report disk/m.db -f canonical
cmp out whole.canonical || fail 'the merged campaign is not the whole'
rm disk/m.db

# No room for a new one; a folder that is read-only.
rm disk/c.db
head -c 3900k /dev/zero >disk/filler
head -c 1M /dev/zero >>disk/filler 2>/dev/null || true
expect 2 'the disk is full|No space left' scan "${small[@]}" -o disk/new.db
rm disk/filler
cp whole.db disk/c.db
mount -o remount,ro none disk
expect 2 "cannot make the campaign 'disk/new.db': Read-only file system" scan "${small[@]}" -o disk/new.db
expect 2 "cannot write the campaign 'disk/c.db'" scan "${small[@]}" -o disk/c.db
run report disk/c.db -f canonical
cmp out whole.canonical || fail 'a campaign on a read-only disk is not read'
[ "$(ls disk)" = c.db ] || fail "left on the disk: $(ls disk)"
finish
