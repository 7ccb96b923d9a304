# SPDX-License-Identifier: GPL-2.0-or-later
# What the documents of the command line are made of and compared with. To be sourced; needs $program and $root.
# shellcheck shell=bash
: "${program:?the file that sources this sets it}" "${root:?and this}"

# commands: the commands that there are, one a line.
commands() {
    "$program" | awk '$1 == "ringprobe" && $2 ~ /^[a-z]+$/ && /^  / { print $2 }'
}

# help_options: "option<TAB>command<TAB>meaning" for each option of each command's help, whose meanings are broken into
# lines.
help_options() {
    local command
    for command in $(commands); do
        "$program" help "$command" | awk -v command="$command" '
            function flush() { if (option != "") print option "\t" command "\t" meaning; option = meaning = "" }
            /^  (-[a-z], )?--[a-z]/ { flush(); sub(/^ +/, ""); option = $0; next }
            option != "" && /^        / { sub(/^ +/, ""); meaning = meaning (meaning == "" ? "" : " ") $0; next }
            { flush() }
            END { flush() }'
    done
}

# option_table: the rows of CLI.md, in the order of the table of options: option, commands, meaning. An option that means
# something else in another command has a row for each meaning. Pipes would end a cell.
option_table() {
    help_options | awk -F '\t' -v all="$(commands | wc -l)" '
        { row = $1 "\t" $3 }
        !($1 in rows) { option[++count] = $1 }
        !(row in commands) { meaning[$1, ++rows[$1]] = $3 }
        { commands[row] = commands[row] (commands[row] == "" ? "" : " ") $2; number[row]++ }
        END {
            for (i = 1; i <= count; i++)
                for (j = 1; j <= rows[option[i]]; j++) {
                    row = option[i] "\t" meaning[option[i], j]
                    printf "| `%s` | %s | %s |\n", option[i], number[row] == all ? "all" : commands[row], meaning[option[i], j]
                }
        }'
}

# page_table: the same rows as CLI.md has them.
page_table() {
    awk '/^\| option \|/ { inside = 1; next } inside && /^\|---/ { next } inside && !/^\|/ { exit } inside' \
        "$root/src/cli/CLI.md"
}

# overview: the list of commands, as `ringprobe` prints it and as CLI.md has it.
overview() {
    "$program" | sed -n 's/^  \(ringprobe [a-z]\)/\1/p'
}
page_overview() {
    awk '/^```$/ { inside = !inside; if (!inside) exit; next } inside' "$root/src/cli/CLI.md"
}

# manual: CLI.md as a manual page.
manual() {
    awk -f "$root/tests/cli/manual.awk" "$root/src/cli/CLI.md"
}

write_documents() {
    local page
    page=$(mktemp)
    option_table >"$page.table"
    overview >"$page.overview"
    awk -v table="$page.table" -v overview="$page.overview" '
        function copy(file,   line) { while ((getline line < file) > 0) print line; close(file) }
        /^```$/ && !listed { print; copy(overview); listed = skip = 1; next }
        skip && /^```$/ { skip = 0 }
        /^\|---\|---\|---\|$/ { print; copy(table); rows = 1; next }
        rows && !/^(\||@OPTIONS@)/ { rows = 0 }
        !skip && !rows' "$root/src/cli/CLI.md" >"$page"
    cat "$page" >"$root/src/cli/CLI.md"
    rm -f "$page" "$page.table" "$page.overview"
    manual >"$root/src/cli/ringprobe.1"
}
