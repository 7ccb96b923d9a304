#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the program prints is what tests/cli/cases/*.out say. To accept a change: tests/cli/run rebase, and review it.
set -euo pipefail
"$RP_SOURCE/tests/cli/run" test
