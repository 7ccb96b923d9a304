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

# check_options OPTION...: fails for what the recipe itself decides, for budgets, which leave shards unfinished, and for
# a baseline, by which a scan that went well exits with 1. getopt_long takes whatever an option begins with ('--ti').
check_options() {
    local option name taken
    for option in "$@"; do
        [[ ! $option =~ ^-[qvh]*o ]] || fail "'$option' cannot be given to the scans of shards"
        [[ $option == --* ]] || continue
        name=${option%%=*}
        for taken in --output --shard --report --time --runs; do
            [[ $taken != "$name"* ]] || fail "'$option' cannot be given to the scans of shards"
        done
        [[ --baseline != "$name"* ]] || fail "'$option' cannot be given to the scans of shards; give it to the report of OUT"
    done
}

# For `sh -c`, here or on another machine, as sh PROGRAM FILE SCAN-OPTION...: scans into FILE, and fails unless all of
# the shard was judged, which the exit status of a scan that was interrupted does not tell.
# shellcheck disable=SC2016,SC2034 # expanded there; who sources this uses it
scan_whole='program=$1 file=$2; shift 2; "$program" scan -q "$@" -o "$file" || exit; '\
'[ -n "$("$program" report "$file" -f json | grep -o "\"interrupted\":false")" ] || '\
'{ echo "$file is unfinished; the same command again goes on" >&2; exit 1; }'

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

# For `sh -c`, here or on another machine, as sh PROGRAM [VERIFY-ARGUMENT...]: prints what a machine answers; that there
# is news is no failure.
# shellcheck disable=SC2016,SC2034 # expanded there; who sources this uses it
ask_all='program=$1; shift; ask() { "$program" "$@" </dev/null || [ $? -eq 1 ]; }; '\
'ask errata -q -f json && { [ $# -eq 0 ] || ask golden verify -q -f json "$@"; }'

# check_verify OPTION...: fails for what the recipe itself decides of golden verify.
check_verify() {
    local option
    for option in "$@"; do
        [[ ! $option =~ ^-[qvh]*[of] && $option != --o* && $option != --f* ]] ||
            fail "'$option' cannot be given to the machines; OUT has the table"
    done
}

# same_question FOLDER ARGUMENT...: notes in the folder of answers what is asked; fails if they are to something else.
same_question() {
    local folder=$1 question
    shift
    question=$(printf '%q ' "$@")
    [ -e "$folder/.question" ] || printf '%s\n' "$question" >"$folder/.question"
    [ "$(<"$folder/.question")" = "$question" ] ||
        fail "'$folder' has answers to golden verify $(<"$folder/.question"); remove it to ask all, or name another OUT"
}

# format_of OUT: what -f takes for a table of that name.
format_of() {
    case $1 in
    *.md) echo markdown ;;
    *.json | *.jsonl) echo json ;;
    *) echo text ;;
    esac
}
