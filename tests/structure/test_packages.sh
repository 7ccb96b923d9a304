#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# harness/packages.tsv is the one list of packages: well-formed, without duplicates, and no script installs from
# anywhere else.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"
list=harness/packages.tsv

awk -F '\t' -v list=$list '
    /^#/ { next }
    !heading++ { if ($0 != "group\tpackage\twhy") print list ": heading"; next }
    NF != 3 || $3 == "" { print list ":" FNR ": not group, package, why" }
    $1 !~ /^(build|run|test|lint|browser|cluster|optional)$/ { print list ":" FNR ": no group \047" $1 "\047" }
    $2 !~ /^[a-z0-9][a-z0-9+.-]+$/ { print list ":" FNR ": no package name \047" $2 "\047" }
    seen[$2]++ { print list ":" FNR ": " $2 " stands there twice" }' $list | complain_all

tracked | grep -vE '\.(md|tsv|patch)$' | grep -vxE 'harness/lib\.sh|tests/structure/test_packages\.sh' |
    xargs grep -nHE '\b(apt|apt-get|aptitude|dpkg|pip3?|npm) +(-[^ ]+ +)*(-i|install)\b' |
    complain_all 'install by install_packages of harness/lib.sh'

# Each group that a script asks for has packages.
grep -rhoE '^ *install_packages [a-z ]+$' harness tests .ci | sed 's/.*install_packages//' | xargs -n 1 | sort -u |
    while read -r group; do
        grep -q "^$group	" $list || complain "install_packages $group: no such group in $list"
    done
finish
