#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cli/ci with whole scans: the examples for CI as users run them, and every hole of results/baseline-unicorn.json.
RP_CI_WHOLE=1 exec "$RP_SOURCE/tests/cli/test_ci.sh"
