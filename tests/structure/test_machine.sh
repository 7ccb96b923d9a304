#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tree names no machine: no absolute path that only one has, no host but those that documents cite.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"
everywhere='/(usr|dev|proc|sys|tmp|etc|bin|lib|no|nonexistent|run)(/|$)'
cited='(www\.)?(github\.com|gnu\.org|kernel\.org|intel\.com|amd\.com|wikipedia\.org|spdx\.org|json-schema\.org|oasis-open\.org|acm\.org|usenix\.org|w3\.org)'

mapfile -t files < <(tracked | grep -vE '^LICENSE$|\.(gz|png|bin)$')
# Paths of two parts and more, after a blank, a quote or the like.
grep -nHoE "(^|[[:space:]\"'\`=(:])/[a-z_][a-z0-9_.-]*/[a-z0-9_.-]+" "${files[@]}" |
    awk -v ok="^[^/]*$everywhere" '{ path = $0; sub(/^[^:]*:[0-9]*:/, "", path); if (path !~ ok) print }' |
    complain_all 'a path of one machine'
grep -nHoE '[a-z]+://[A-Za-z0-9.-]+' "${files[@]}" | grep -vE "://([a-z]+\.)*$cited\$" |
    complain_all 'a host that is not among those that documents cite'
finish
