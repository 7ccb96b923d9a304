# SPDX-License-Identifier: GPL-2.0-or-later
# Scans that are killed at random moments, again and again, and what their campaigns hold in the end. To be sourced;
# needs lib.sh. RP_SEED repeats the moments.
# shellcheck shell=bash

# rows CAMPAIGN: every row of what was found, in an order of its own.
rows() {
    local table
    for table in configuration resource mode range implicit verdict behaviour opinion closer witness divergence answer; do
        python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM " + sys.argv[2] + " ORDER BY 1, 2"): print(sys.argv[2], row)' \
            "$1" "$table"
    done
}

# kill_scans KILLS MILLISECONDS OPTION...: begins `scan OPTION... -o killed.db` KILLS times and ends it at a moment below
# MILLISECONDS, by SIGKILL or (one in four) SIGINT; where it was complete before, begins a new one. Each that is complete
# must be what an undisturbed scan is, and the last is brought to its end.
kill_scans() {
    local kills=$1 most=$2 done=0 complete=0 milliseconds signal scan
    shift 2
    RANDOM=${RP_SEED:=$RANDOM}
    echo "seed RP_SEED=$RP_SEED"
    "$RINGPROBE" scan -q "$@" -o whole.db --report whole.canonical 2>err || fail "undisturbed: $(cat err)"
    rows whole.db >whole.rows
    while [ "$done" -lt "$kills" ]; do
        milliseconds=$((RANDOM % most)) signal=KILL
        [ $((RANDOM % 4)) -ne 0 ] || signal=INT
        env --default-signal=INT "$RINGPROBE" scan -q "$@" -o killed.db 2>err >out &
        scan=$!
        sleep "$(printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000)))"
        kill -$signal $scan 2>/dev/null || true
        status=0
        wait $scan 2>/dev/null || status=$?
        case $signal.$status in
        KILL.137 | INT.130) done=$((done + 1)) ;;
        *.0)
            check_complete
            complete=$((complete + 1))
            rm killed.db
            ;;
        *) fail "SIG$signal after $milliseconds ms: exit status $status: $(cat err)"; return ;;
        esac
    done
    "$RINGPROBE" scan -q "$@" -o killed.db 2>err || fail "at the end: $(cat err)"
    check_complete
    echo "$done kills, $((complete + 1)) campaigns"
}

check_complete() {
    "$RINGPROBE" report killed.db -f canonical >killed.canonical 2>err || fail "report: $(cat err)"
    cmp whole.canonical killed.canonical >&2 || fail 'the canonical report of a killed scan differs'
    rows killed.db | cmp whole.rows - >&2 || fail 'the rows of a killed scan differ'
}
