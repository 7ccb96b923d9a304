#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The checks of .clang-tidy over every C file that the build compiles, with the flags that it compiles it with.
set -euo pipefail
cd "$RP_SOURCE"
# One file a process: with several, version 14 calls each va_list but the first file's uninitialized.
sed -n 's/^ *"file": "\(.*\.c\)",\{0,1\}$/\1/p' "$RP_BUILD/compile_commands.json" | sort -u |
    xargs -r -n 1 -P "$(nproc)" clang-tidy --quiet -p "$RP_BUILD" \
        2> >(grep -vE '^[0-9]+ warnings? generated' >&2)
