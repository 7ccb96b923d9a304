#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The soak itself works, and finds nothing in a few runs: no result is lost, no runner ends.
set -euo pipefail
exec "$RP_BUILD/tests/native/soak_runs" 20000
