#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 20 kills of a small scan, and 8 of one of the wide space. tests/cli/slow_scan_kills.sh has 200.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/killed.sh
. "$here/killed.sh"
kill_scans 20 1800 -m prot32,real16 --limit 4000
rm -f killed.* whole.*
kill_scans 8 4000 -m prot32 --space wide --limit 60
finish
