#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each C file is laid out as .clang-format says. To mend: clang-format -i FILE.
set -euo pipefail
cd "$RP_SOURCE"
find src harness tests -name '*.[ch]' -print0 | xargs -0 -r -n 32 -P "$(nproc)" clang-format --dry-run -Werror
