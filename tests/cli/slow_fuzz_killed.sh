#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A fuzz campaign that is killed at 100 random moments and begun again each time: no finding is lost, none is there twice,
# and what was reported once is there ever after. RP_SEED repeats the moments, RP_KILLS says how many.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
some=(-q -x 'unicorn,native' -m 'long64,real16' -j 1 --progress never)
kills=${RP_KILLS:-100} runs=30000
position() { grep -o "\"$1\":[0-9]*" "$2/position" 2>/dev/null | cut -d: -f2 || true; }
ids() { grep -o '"id":"rp-[0-9a-f]*"' "$1" || true; }
sharers() { python3 - "$1" <<'P'
import sys
data = open(sys.argv[1] + "/behaviours", "rb").read()
for at in range(0, len(data) - 8, 9):
    if data[at:at + 1] == b"m": print(data[at + 1:at + 9].hex())
P
}

run fuzz -o whole "${some[@]}" --runs $runs
[ "$status" -eq 1 ] || fail "undisturbed: $status, $(cat err)"
findings=$(wc -l <whole/findings.jsonl)
[ "$findings" -gt 0 ] || fail 'nothing is found, so nothing can be lost'

# Each sitting has room for all that is left and is killed within a second and a half; one that comes to its end before
# has been killed at no moment, and the next campaign begins.
RANDOM=${RP_SEED:=$RANDOM}
echo "seed RP_SEED=$RP_SEED"
: >seen
done=0 campaigns=0
check_whole() {
    [ "$(ids killed/findings.jsonl | sort | uniq -d | wc -l)" -eq 0 ] || fail "an id twice, after $done kills"
    [ "$(head -n "$findings" killed/findings.jsonl)" = "$(<whole/findings.jsonl)" ] ||
        fail "a killed campaign finds other things, after $done kills"
    [ "$(sharers killed | sort | uniq -d | wc -l)" -eq 0 ] || fail "an instruction shares a cause twice, after $done kills"
    [ -z "$(comm -23 <(sharers whole | sort) <(sharers killed | sort))" ] || fail 'one that shares a cause is lost'
}
while [ "$done" -lt "$kills" ]; do
    held=$(position runs killed)
    if [ "${held:-0}" -ge $runs ]; then
        left=1
    else
        left=$((runs - ${held:-0}))
    fi
    "$RINGPROBE" fuzz -o killed "${some[@]}" --runs $left >out 2>err &
    fuzz=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 10))"
    kill -KILL $fuzz 2>/dev/null || true
    status=0
    wait $fuzz 2>/dev/null || status=$?
    case $status in
    137) done=$((done + 1)) ;;
    0 | 1)
        check_whole
        campaigns=$((campaigns + 1))
        rm -r killed
        : >seen
        ;;
    *) fail "after $done kills: $status, $(cat err)"; break ;;
    esac
    if [ -e killed/findings.jsonl ]; then
        # The last line may be half of one: its writer was killed, and nobody was told.
        head -n "$(wc -l <killed/findings.jsonl)" killed/findings.jsonl >now
        [ "$(head -n "$(wc -l <seen)" now)" = "$(<seen)" ] || fail "a finding that was there is gone, after $done kills"
        cp now seen
    fi
done
held=$(position runs killed)
run fuzz -o killed "${some[@]}" --runs $((${held:-0} < runs ? runs - ${held:-0} : 1))
[ "$status" -le 1 ] || fail "at the end: $status, $(cat err)"
check_whole
echo "$done kills, $((campaigns + 1)) campaigns, $findings findings each"
finish
