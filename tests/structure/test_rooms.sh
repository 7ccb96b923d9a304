#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rooms have doors: each #include follows the tables of CONTRIBUTING.md, each room and each file of base stands
# in them, and nothing stands at the top level or in the tables that is not meant to be there.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# Edges: for each quoted include "room/file", the includer's room must be the same or list it.
# shellcheck disable=SC2046 # file names have no blanks here; test_files.sh sees to that
grep -HnE '^ *# *include' $(sources src harness tests) /dev/null | awk -F '\t' '
    NR == FNR { room = $1; sub(/.*\//, "", room); folder[room] = $1; allowed[room] = " " $2 " "; next }
    {
        split($0, place, ":")
        split(place[1], path, "/")
        mine = path[2]
        if (match($0, /include *"[^"]*"/)) {
            name = substr($0, RSTART, RLENGTH)
            gsub(/include *|"/, "", name)
            target = name
            if (!sub(/\/.*/, "", target)) print place[1] ":" place[2] ": \"" name "\" names no room"
            else if (path[1] == "tests") ok++
            else if (target != mine && !index(allowed[mine], " " target " "))
                print place[1] ":" place[2] ": " path[1] "/" mine " may not include \"" name "\""
        } else if (!match($0, /include *</))
            print place[1] ":" place[2] ": an include that is neither \"...\" nor <...>"
        else if (match($0, /<[a-z0-9]+\/[^>]*>/)) {
            target = substr($0, RSTART + 1, RLENGTH - 2)
            sub(/\/.*/, "", target)
            if (target != "unicorn" && target in folder) print place[1] ":" place[2] ": a room in angle brackets"
        }
    }' <(table room) - | complain_all

# Libraries: only the room that wraps one includes its headers; tests may.
table 'library header' | while IFS=$'\t' read -r header room; do
    grep -rnE "^ *# *include *<$header" src harness | grep -v "^$room/" | complain_all "only $room includes it"
done

# Each folder of src and harness is a room, and the closed list of base is what is there.
find src harness -mindepth 1 -maxdepth 1 -type d | while read -r folder; do
    table room | cut -f 1 | grep -qxF "$folder" || complain "$folder: no row in the table of rooms of CONTRIBUTING.md"
done
base=$(find src/base -type f -printf '%f\n' | sed 's/\..*//' | sort -u)
listed=$(table file | cut -f 1 | sort)
comm -23 <(echo "$base") <(echo "$listed") | complain_all 'a file of src/base, not in the list of CONTRIBUTING.md'
comm -13 <(echo "$base") <(echo "$listed") | complain_all 'in the list of CONTRIBUTING.md, no file of src/base'

# The top level is what people see first.
tracked | sed 's,/.*,,' | sort -u | grep -vxE '\.[a-z-]+|CMakeLists\.txt|CMakePresets\.json|LICENSE' |
    grep -vxE '(README|CHANGELOG|CONTRIBUTING)\.md|src|corpus|harness|results|tests' |
    complain_all 'not at the top level'
finish
