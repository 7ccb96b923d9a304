# SPDX-License-Identifier: GPL-2.0-or-later
# What the recipes for clusters share: names of shards, what is still to be done, and which options are not for
# scans of shards. To be sourced by bash with `set -euo pipefail`.
# shellcheck shell=bash

# Ends the script with status 2 and one line on standard error.
fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 2
}

# check_number WHAT VALUE: fails unless it is a number above 0.
check_number() {
    [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || fail "$1 '$2' is no number from 1 to 999999"
}

# check_options OPTION...: fails for what the recipe itself decides, and for budgets, which leave shards unfinished.
check_options() {
    local option
    for option in "$@"; do
        case $option in
        -o* | --output* | --shard* | --report* | --time* | --runs*)
            fail "'$option' cannot be given to the scans of shards"
            ;;
        esac
    done
}

# shard_name I N: the file of a shard.
shard_name() {
    printf 'shard-%d-of-%d.db\n' "$1" "$2"
}

# missing_shards FOLDER N: the numbers of the shards that are not there, one a line.
missing_shards() {
    local i
    for ((i = 0; i < $2; i++)); do
        [ -e "$1/$(shard_name "$i" "$2")" ] || echo "$i"
    done
}

# shard_files FOLDER N: the shards that are there, in the array `shards`; fails if there is none.
shard_files() {
    local i
    shards=()
    for ((i = 0; i < $2; i++)); do
        [ ! -e "$1/$(shard_name "$i" "$2")" ] || shards+=("$1/$(shard_name "$i" "$2")")
    done
    [ ${#shards[@]} -gt 0 ] || fail "there is no shard in '$1'"
}

# absolute PATH: it, from wherever a job is started; its folder has to be there.
absolute() {
    realpath --no-symlinks -- "$1"
}

# program_path: the ringprobe to run, by $RINGPROBE or $PATH, absolute.
program_path() {
    local found
    found=$(type -P -- "${RINGPROBE:-ringprobe}") ||
        fail "no '${RINGPROBE:-ringprobe}': install it, or name it by RINGPROBE=PATH"
    absolute "$found"
}
