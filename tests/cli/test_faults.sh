#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A full disk, a reader who leaves, an interrupt: an honest exit status, at most one line, no partial file.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

expect 2 "cannot write 'no/such': No such file" probe -q 9d -o no/such
expect 2 "cannot write '.': Is a directory" probe -q 9d -o .
expect 2 "cannot write '/dev/full': No space left" probe -q 9d -o /dev/full
expect 2 "cannot write 'no/such.md': No such file" scan -q -m prot32 --report no/such.md
expect 2 "cannot write the log 'no/log'" probe -q 9d --log no/log
for arguments in '' --version 'help scan' executors 'probe -q 9d'; do
    status=0
    # shellcheck disable=SC2086 # words
    "$RINGPROBE" $arguments >/dev/full 2>err || status=$?
    [ "$status $(<err)" = '2 ringprobe: cannot write to standard output: No space left on device' ] ||
        fail "'$arguments' >/dev/full: $status, $(cat err)"
    status=0
    # shellcheck disable=SC2086 # words
    "$RINGPROBE" $arguments 2>err >&- || status=$?
    [ "$status" -eq 2 ] || fail "'$arguments' without standard output: $status, $(cat err)"
done
only ''

# -o: the answer's file appears whole; devices are written to.
run probe -q 9d -f json -o answer.json
[[ $status -eq 0 && ! -s out && $(<answer.json) = *'"schema":"ringprobe.verdict/1"'* ]] || fail "-o: $(cat err)"
run probe -q 9d -f json -o /dev/stdout
[ -s out ] || fail '-o /dev/stdout'
only answer.json

# Who has read enough may leave: at once, in the middle of a stream, and of a scan's lines.
quiet_end() {
    local statuses=("$@")
    [[ ${statuses[0]} -eq 0 && ! -s err ]] || fail "a closed pipe: ${statuses[0]}, $(head -n 2 err)"
}
set +eo pipefail
"$RINGPROBE" probe -q popf 2>err | head -n 1 >out
quiet_end "${PIPESTATUS[@]}"
"$RINGPROBE" probe -q popf 2>err | true
quiet_end "${PIPESTATUS[@]}"
yes 'prot32 90' | "$RINGPROBE" probe -q -f json - 2>err | head -n 3 >out
quiet_end "${PIPESTATUS[1]}"
[ "$(wc -l <out)" -eq 3 ] || fail 'three answers of an endless stream'
"$RINGPROBE" scan -m prot32 --limit 60 -f json --progress never 2>err | head -n 1 >out
[[ ${PIPESTATUS[0]} -eq 0 && $(<err) = 'ringprobe: judged 60 '* ]] || fail "a scan's closed pipe: $(cat err)"
set -eo pipefail

# Answers come as they are ready: the first is there before the second question is asked.
mkfifo questions
"$RINGPROBE" probe -q -f json - <questions >answers 2>err &
probe=$!
exec 3>questions
echo 'prot32 9d' >&3
until [ -s answers ]; do
    kill -0 "$probe" 2>/dev/null || { fail 'the stream ended too early'; break; }
    read -r -t 0.05 <> <(:) || true
done
echo 'prot32 9c' >&3
exec 3>&-
wait "$probe" || fail 'a slow stream'
[ "$(wc -l <answers)" -eq 2 ] || fail 'two answers of a slow stream'
rm questions answers

# SIGINT in a scan: 130, and neither the report nor a part of it. Background jobs of a script ignore SIGINT, which a
# program can't tell from having been started so on purpose: env undoes it.
mkfifo progress
env --default-signal=INT "$RINGPROBE" scan -m all --report report.md -v --log log --progress always >out 2>progress &
scan=$!
exec 3<progress
read -r -t 60 line <&3 || fail 'no progress within a minute'
kill -INT "$scan"
cat <&3 >err
exec 3<&-
status=0
wait "$scan" || status=$?
[ "$status" -eq 130 ] || fail "SIGINT: exit status $status, after '$line'"
grep -q 'ringprobe: interrupted after [0-9]* encodings' err || fail "SIGINT: $(tail -n 2 err)"
[ ! -s out ] || fail 'SIGINT: a report on standard output'
rm -f log progress
only answer.json
[ -z "$(pgrep -P "$scan" || true)" ] || fail 'SIGINT: workers are left'
finish
