#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 200 kills of a scan that takes many sittings.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/killed.sh
. "$here/killed.sh"
kill_scans 200 4000 -m prot32,vm86,real16 --limit 20000
rm -f killed.* whole.*
kill_scans 100 6000 -m prot32,vm86 --space wide --limit 400
finish
