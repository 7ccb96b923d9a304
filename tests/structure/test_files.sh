#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files and functions stay readable: at most 600 lines a file and 60 a function, half of the functions under 15,
# a licence tag on line 1 (2 in scripts) and a paragraph that says what the file is for on the next.
# Exceptions stand in exceptions.tsv, each with its reason; one that is no longer needed is a violation too.
set -eu
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"
exceptions=tests/structure/exceptions.tsv
grep -v '^#' $exceptions | awk -F '\t' 'NF != 2 || $2 == "" { print FILENAME ": no reason for " $1 }' | complain_all

mapfile -t files < <(sources src harness tests)
tracked | grep '[[:space:]]' | complain_all 'a blank in a file name'

# FILE:FUNCTION and its length in lines. A function opens with { alone in column 1 and closes with } there, as
# .clang-format lays it out; it begins on the last line before that which starts in column 1.
lengths() {
    awk 'FNR == 1 { start = 0 }
        /^[a-zA-Z_]/ { start = FNR; name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
        /^{$/ { inside = 1 }
        /^}$/ && inside { print FILENAME ":" name "\t" FNR - start + 1; inside = 0 }' "${files[@]}"
}
too_long() {
    {
        lengths | awk -F '\t' '$2 > 60 { print $1 "\t" $2 " lines, the limit is 60" }'
        wc -l "${files[@]}" | awk '$2 != "total" && $1 > 600 { print $2 "\t" $1 " lines, the limit is 600" }'
    } | sort -t $'\t' -k 1,1
}
excepted=$(awk -F '\t' '!/^#/ && $1 != "what" { print $1 }' $exceptions | sort)
join -t $'\t' -v 2 <(echo "$excepted") <(too_long) | sed 's/\t/: /' | complain_all
join -t $'\t' -v 1 <(echo "$excepted") <(too_long) | grep . | complain_all 'an exception that nothing needs'
lengths | awk -F '\t' '$2 < 15 { short++ } END { if (2 * short < NR) print short + 0 " of " NR }' |
    complain_all 'functions under 15 lines are fewer than half'

for file in "${files[@]}"; do
    { read -r first && read -r second; } <"$file" || first='' second=''
    [ "$first" = '/* SPDX-License-Identifier: GPL-2.0-or-later */' ] || complain "$file:1: no SPDX tag"
    [[ $second =~ ^'/* '[^[:space:]] ]] || complain "$file:2: no comment that says what the file is for"
done
for file in $(tracked | grep -vE '\.(patch|sh)$' | xargs grep -lE '^#!.*\b(ba)?sh$') $(tracked | grep '\.sh$'); do
    head -n 2 "$file" | grep -qxF '# SPDX-License-Identifier: GPL-2.0-or-later' || complain "$file: no SPDX tag"
done
finish
