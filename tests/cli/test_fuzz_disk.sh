#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A fuzz campaign on a disk that is full, and in a directory that cannot be written: one line, exit status 2; what was committed
# is there, and with room the same command finds what an undisturbed one finds. Needs a file system of its own, which a user
# namespace may mount where that is allowed.
set -euo pipefail
if [ -z "${inside:-}" ]; then
    unshare --user --map-root-user --mount true 2>/dev/null || { echo 'no user namespaces here'; exit 77; }
    exec env inside=1 unshare --user --map-root-user --mount "$0"
fi
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(-q -x unicorn -m 'long64,real16' -j 1 --runs 30000)
mkdir disk
mount -t tmpfs -o size=640k none disk || { echo 'no tmpfs in a user namespace here'; exit 77; }
trap 'umount disk; rm -rf "$work"' EXIT

run fuzz -o whole "${some[@]}"
[ "$status" -le 1 ] || fail "undisturbed: $(cat err)"
size=$(du -sk whole | cut -f 1)
[ "$size" -gt 640 ] || fail "the campaign is too small to fill a disk: $size KiB"
expect 2 "cannot write 'disk/c/[a-z.]+': No space left on device" fuzz -o disk/c "${some[@]}"
held=$(grep -o '"executions":[0-9]*' disk/c/position | cut -d : -f 2)
all=$(grep -o '"executions":[0-9]*' whole/position | cut -d : -f 2)
echo "$held of $all executions were committed when the disk was full"
if [ "${held:-0}" -eq 0 ] || [ "$held" -ge "$all" ]; then fail "committed: $held of $all"; fi
run report disk/c -f json -o held.json
[ "$status" -eq 0 ] || fail "report from a full disk: $(cat err)"
grep -q "\"executions\":$held," held.json || fail "the report has not what was committed: $(head -c 300 held.json)"
expect 2 'No space left on device' report disk/c -f sarif -o disk/r.sarif
[ ! -e disk/r.sarif ] || fail 'half a report was left'

# With room it goes on, and comes to what the undisturbed one came to.
mount -o remount,size=16m none disk
run fuzz -o disk/c "${some[@]}" --runs $((30000 - $(grep -o '"runs":[0-9]*' disk/c/position | cut -d : -f 2)))
[ "$status" -le 1 ] || fail "with room again: $status, $(cat err)"
size=$(stat -c %s disk/c/corpus)
cmp -n "$(($(stat -c %s whole/corpus) < size ? $(stat -c %s whole/corpus) : size))" whole/corpus disk/c/corpus ||
    fail 'a full disk changed which inputs are kept'
head -n "$(wc -l <whole/findings.jsonl)" disk/c/findings.jsonl | cmp - <(head -n "$(wc -l <disk/c/findings.jsonl)" whole/findings.jsonl) ||
    fail 'a full disk changed what is found'

# A disk that is read-only: nothing begins, a report is still written elsewhere.
mount -o remount,ro none disk
expect 2 "cannot write 'disk/c/campaign': Read-only file system" fuzz -o disk/c "${some[@]}"
expect 2 "cannot make the directory 'disk/new': Read-only file system" fuzz -o disk/new "${some[@]}"
expect 2 "cannot make the folder 'disk/seeds': Read-only file system" fuzz --seed-corpus disk/seeds
expect 2 "cannot write 'disk/r.md': Read-only file system" fuzz --report disk/r.md "${some[@]}"
run report disk/c
[ "$status" -eq 0 ] || fail "report from a read-only disk: $(cat err)"
finish
