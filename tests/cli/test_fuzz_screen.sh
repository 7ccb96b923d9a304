#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen of a fuzz campaign on terminals of several sizes: nothing wraps or scrolls; where it is no terminal, or one
# that can't be drawn on, plain lines.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
escape=$(printf '\033')
fuzz="'$RINGPROBE' fuzz -x unicorn -m long64 -j 1 --runs 2000 -f json"

# on COLUMNS ROWS TYPE ARGUMENT...: runs a campaign on such a terminal; leaves what it wrote in `screen`, and in `frame`
# the lines of the first frame as they are read. `script` runs a terminal of its own.
on() {
    local columns=$1 rows=$2 type=$3
    shift 3
    TERM=$type script -qec "stty cols $columns rows $rows; $fuzz $* >/dev/null" screen </dev/null >/dev/null || true
    grep -a '^|\|^+\|^ringprobe' screen | sed "s/$escape\[[0-9]*[A-Z]//g; s/\r//g" >frame
}

for size in '80 24' '120 40' '76 24' '40 24' '50 8' '30 5'; do
    read -r columns rows <<<"$size"
    on "$columns" "$rows" xterm -o "d$columns"
    drawn=$(sed '2,$ { /^+/ q; }' frame | wc -l)
    { [ "$drawn" -ge 3 ] && [ "$drawn" -lt "$rows" ]; } || fail "$size: a frame of $drawn lines"
    awk -v columns="$columns" '/^[|+]/ && length() >= columns { exit 1 }' frame || fail "$size: a line wraps: $(head -n 2 frame)"
    grep -q '^| *run time : 0:00:0' frame || fail "$size: no clock: $(head -n 3 frame)"
    grep -q '^+- .*run it again' frame || [ "$columns" -lt 40 ] || fail "$size: not told that it goes on"
done
on 80 24 xterm
for label in 'run time' 'last behaviour' 'last finding' findings suspicions now executions speed behaviours 'opcode cells' \
    inputs workers; do
    grep -q " $label : " frame || fail "'$label' is not shown"
done
grep -q 'no -o: nothing kept' frame || fail 'not told that nothing is kept'
for plain in 'dumb' 'xterm -v'; do
    # shellcheck disable=SC2086 # words
    on 80 24 $plain
    ! grep -q "$escape\|^+-" screen || fail "$plain: a screen"
done
run fuzz -x unicorn -m long64 -j 1 --runs 2000 --progress always
! grep -q "$escape" err || fail 'a screen where there is no terminal'
finish
