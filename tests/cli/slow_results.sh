#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The reference campaigns of results/canonical are what this program finds: Unicorn's wherever the same version is, on any
# host; those of a CPU on that CPU alone, with its microcode, hypervisor and kernel.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
kept=$RP_SOURCE/results/canonical
compared=0

# setting NAME FILE: what a line of the head says.
setting() {
    sed -n "s/^# $1: //p" "$2"
}

# found FILE: what was found, and asked; not where, nor by which version of the tables.
found() {
    grep -vE '^# (ringprobe|corpus|CPU|hypervisor|kernel): ' "$1"
}

# compare FILE EXECUTOR SETTING...: makes the campaign again, unless one of these settings is another one here.
compare() {
    local file=$kept/$1 executor=$2 name
    shift 2
    "$RINGPROBE" scan -q -m all -x "$executor" --limit 1 --report "here.canonical" 2>err || {
        echo "$(basename "$file"): not compared: $(cat err)"
        return
    }
    for name in "$@"; do
        if [ "$(setting "$name" here.canonical)" != "$(setting "$name" "$file")" ]; then
            echo "$(basename "$file"): not compared: $name is '$(setting "$name" here.canonical)' here"
            return
        fi
    done
    compared=$((compared + 1))
    "$RINGPROBE" scan -q -m all -x "$executor" --report here.canonical 2>err || fail "scan -x $executor: $(cat err)"
    if cmp -s <(found here.canonical) <(found "$file"); then
        echo "$(basename "$file"): $(found "$file" | grep -vc '^#') lines are the same"
    else
        diff <(found "$file") <(found here.canonical) | head -n 20
        fail "$(basename "$file") is not what is found now; if that is right, make it again (results/README.md)"
    fi
}

compare unicorn.canonical unicorn executors
compare native-zen4.canonical native executors CPU hypervisor kernel
[ "$failures" -gt 0 ] || [ "$compared" -gt 0 ] || exit 77
finish
