#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen of a fuzz campaign on terminals of several sizes, and on one that becomes narrower: nothing wraps or scrolls,
# nothing above is cleared; where it is no terminal, or one that can't be drawn on, plain lines.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
escape=$(printf '\033')
some=(-x unicorn -m long64 -j 1 -f json)
fuzz="'$RINGPROBE' fuzz ${some[*]}"

# on COLUMNS ROWS TYPE ARGUMENT...: runs a campaign on such a terminal; leaves what it wrote in `screen`, and in `frame`
# the lines of the first frame as they are read. `script` runs a terminal of its own.
on() {
    local columns=$1 rows=$2 type=$3
    shift 3
    status=0
    TERM=$type script -qec "stty cols $columns rows $rows; $fuzz $* >/dev/null" screen </dev/null >/dev/null || status=$?
    [ "$status" -le 1 ] || fail "$columns $rows $type $*: exit status $status: $(tail -n 3 screen)"
    grep -a '^|\|^+\|^ringprobe' screen | sed "s/$escape\[[0-9]*[A-Z]//g; s/\r//g" >frame
}

for size in '80 24' '120 40' '76 24' '40 24' '50 8' '30 5'; do
    read -r columns rows <<<"$size"
    on "$columns" "$rows" xterm --runs 2000 -o "d$columns"
    drawn=$(sed '2,$ { /^+/ q; }' frame | wc -l)
    { [ "$drawn" -ge 3 ] && [ "$drawn" -lt "$rows" ]; } || fail "$size: a frame of $drawn lines"
    awk -v columns="$columns" '/^[|+]/ && length() >= columns { exit 1 }' frame || fail "$size: a line wraps: $(head -n 2 frame)"
    grep -q '^| *run time : 0:00:0' frame || fail "$size: no clock: $(head -n 3 frame)"
    grep -q '^+- .*run it again' frame || [ "$columns" -lt 40 ] || fail "$size: not told that it goes on"
done
on 80 24 xterm --runs 2000
for label in 'run time' 'last behaviour' 'last finding' findings suspicions now executions speed behaviours 'opcode cells' \
    inputs workers; do
    grep -q " $label : " frame || fail "'$label' is not shown"
done
grep -q 'no -o: nothing kept' frame || fail 'not told that nothing is kept'

# Narrower in the middle of it: each line of the old frame, of 79 characters, takes two by then, and what stands above
# stays. The campaign is ended once both were seen.
cat >narrower.sh <<'TXT'
wait_for() {
    until grep -aqE "$1" screen; do kill -0 $$ || exit; sleep 0.05; done
}
stty cols 80 rows 24
(
    wait_for $'\e\\[8A' # the second frame
    stty -F /dev/tty cols 40
    wait_for $'[+]-.{30,40}[+]\e'
    kill -INT "$(<pid)"
) &
(echo "$BASHPID" >pid && exec "$RINGPROBE" fuzz "$@" >/dev/null)
TXT
status=0
TERM=xterm script -qefc "bash narrower.sh ${some[*]} --time 60" screen </dev/null >/dev/null || status=$?
[ "$status" -eq 130 ] || fail "narrower: exit status $status: $(tail -n 3 screen)"
grep -aq "$escape\[16A" screen || fail 'the first narrow frame does not begin where the wide one does'
! grep -aq "$escape\[H" screen || fail 'what stands above the screen is cleared'

# A plain line comes once there was a second.
for plain in 'dumb' 'xterm -v'; do
    # shellcheck disable=SC2086 # words
    on 80 24 $plain --time 3
    grep -q '^ringprobe: fuzz ' frame || fail "$plain: no line"
    ! grep -q "$escape\|^+-" screen || fail "$plain: a screen"
done
run fuzz "${some[@]}" --time 3 --progress always
[ "$status" -le 1 ] || fail "no terminal: exit status $status: $(cat err)"
grep -q '^ringprobe: fuzz ' err || fail "no terminal: no line: $(cat err)"
! grep -q "$escape" err || fail 'a screen where there is no terminal'
finish
