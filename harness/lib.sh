# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts share: packages, the quiet build, the one line that says what failed. To be sourced by bash
# with `set -euo pipefail`; sets `root` (the source tree) and `logs` (where output goes that nobody needs to see
# unless something fails).
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs

# Ends the script with status 2 and one line on standard error.
fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 2
}

# logged NAME COMMAND...: runs the command with its output in a log; fails with its first error and the log's place.
logged() {
    local log=$logs/$1.log
    shift
    mkdir -p "$logs" || fail "cannot make the folder '$logs'"
    "$@" >"$log" 2>&1 </dev/null ||
        fail "'$*' failed: $(grep -m 1 -E '^E: |error: |CMake Error' "$log" || tail -n 1 "$log"); all of it is in $log"
}

# packages GROUP...: the packages of these groups of packages.tsv, one a line.
packages() {
    awk -F '\t' -v groups=" $* " '!/^#/ && index(groups, " " $1 " ") { print $2 }' "$root/harness/packages.tsv"
}

# is_installed PACKAGE: for this architecture; others may be there beside it.
is_installed() {
    dpkg-query -W -f '${db:Status-Status} ${Architecture}\n' "$1" 2>/dev/null |
        grep -qxE "installed ($(dpkg --print-architecture)|all)"
}

# as_root COMMAND...: directly, or by sudo, which may ask for a password only where somebody can answer.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# install_packages GROUP...: installs what is missing, and needs neither root nor a network if nothing is.
install_packages() {
    local package missing=()
    command -v dpkg-query >/dev/null || fail "no dpkg-query: this is not Debian; install by other means: $(packages "$@" | xargs)"
    for package in $(packages "$@"); do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300)
    if [ "$(id -u)" -ne 0 ] && ! as_root true 2>/dev/null; then
        fail "neither root nor sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    echo "installing ${missing[*]}"
    logged apt-update as_root "${apt[@]}" update
    logged apt-install as_root "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

# build PRESET [TARGET...]: configures and builds build/PRESET, quietly.
build() {
    local preset=$1 targets=()
    shift
    [ $# -eq 0 ] || targets=(--target "$@")
    logged "configure-$preset" cmake -S "$root" --preset "$preset"
    logged "build-$preset" cmake --build "$root/build/$preset" "${targets[@]}"
}
