#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clang takes every C file with our warnings, which are errors: looked at, not compiled.
set -euo pipefail
cd "$RP_SOURCE"
command -v clang >/dev/null || {
    echo "skipped: no clang"
    exit 77
}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
CC=clang CFLAGS='' cmake -B "$build" -G Ninja >"$build/log" || {
    cat "$build/log" >&2
    exit 1
}
sed -n 's/^ *"command": "\(.*\) -o [^ ]* -c \(.*\.c\)",\{0,1\}$/\1 -fsyntax-only \2/p' "$build/compile_commands.json" |
    sed 's/\\"/"/g; s/\\\\/\\/g' | sort -u >"$build/commands"
files=$(wc -l <"$build/commands")
((files >= $(git ls-files 'src/*.c' | wc -l))) || {
    echo "$files commands found: compile_commands.json has another form" >&2
    exit 1
}
cd "$build"
tr '\n' '\0' <commands | xargs -0 -n 1 -P "$(nproc)" bash -c
