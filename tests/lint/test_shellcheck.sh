#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs shellcheck over every script, those without an ending too.
set -euo pipefail
cd "$RP_SOURCE"
find harness tests .ci -type f -print0 | xargs -0 grep -lZE '^#!.*\b(ba)?sh$|^# shellcheck shell=' |
    xargs -0 shellcheck --external-sources
