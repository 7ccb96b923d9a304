#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cppcheck over src and harness. Headers of the system are left out: it reads the code without them.
set -euo pipefail
cd "$RP_SOURCE"
folders=(src)
[ -z "$(find harness -name '*.c')" ] || folders+=(harness)
cppcheck --quiet -j "$(nproc)" --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --error-exitcode=1 -I src -I harness -D_GNU_SOURCE "${folders[@]}"
