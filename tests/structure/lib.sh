# SPDX-License-Identifier: GPL-2.0-or-later
# What the structure tests share: they go to the top of the tree, print a line for each violation, and end with
# `finish`. To be sourced by bash with `set -eu`, without pipefail: a grep that finds nothing is what they hope for.
# shellcheck shell=bash
cd "${RP_SOURCE:?ctest sets it: the source tree}" || exit
violations=$(mktemp)
trap 'rm -f "$violations"' EXIT

# complain WHAT: one violation. complain_all [WHY]: one for each line of standard input, with the reason behind it.
complain() {
    printf '%s\n' "$1" >>"$violations"
}
complain_all() {
    awk -v why="${1:+: $1}" '{ print $0 why }' >>"$violations"
}

finish() {
    sort -u "$violations"
    [ ! -s "$violations" ]
}

# table HEADING: the rows of the Markdown table of CONTRIBUTING.md whose first column is called so, as
# tab-separated columns without blanks around them and without back-quotes.
table() {
    awk -F '|' -v heading="$1" '
        !/^\|/ { inside = 0; next }
        { for (i = 2; i < NF; i++) gsub(/^ +| +$|`/, "", $i) }
        $2 == heading { inside = 1; next }
        inside && $2 !~ /^-+$/ { row = $2; for (i = 3; i < NF; i++) row = row "\t" $i; print row }' CONTRIBUTING.md
}

# sources FOLDER...: the C, header, table and assembly files under them.
sources() {
    find "$@" -name '*.[chS]' -o -name '*.def' | sort
}

# tracked: the files that git knows, or all that are there where the tree is no repository.
tracked() {
    git -c safe.directory='*' ls-files -co --exclude-standard 2>/dev/null ||
        find . -name build -prune -o -type f -print | sed 's,^\./,,'
}
