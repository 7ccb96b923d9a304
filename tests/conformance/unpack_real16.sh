#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Unpacks the recordings of real mode on silicon, which are not part of the tree, for test_real16.c: from the folder
# RP_SHARED_DATA, else from ../shared/data beside the tree. Skips with the cause where they are absent.
set -euo pipefail
packed=${RP_SHARED_DATA:-$RP_SOURCE/../shared/data}/hw-real16/tests.tsv.gz
plain=$RP_BUILD/hw-real16.tsv
if [ ! -r "$packed" ]; then
    rm -f "$plain"
    echo "'$packed' is not there: get the data, or name its folder in RP_SHARED_DATA"
    exit 77
fi
gzip -dc "$packed" >"$plain.new"
mv "$plain.new" "$plain"
