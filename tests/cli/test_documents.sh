#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The help, src/cli/CLI.md and the manual page say the same: commands, options, meanings. To mend what is made from the
# program: tests/cli/run documents.
set -euo pipefail
root=$RP_SOURCE program=$RINGPROBE
# shellcheck source=tests/cli/documents.sh
. "$root/tests/cli/documents.sh"
status=0
compare() {
    diff -u --label "$1" --label "$2" "$3" "$4" || status=1
}
compare 'ringprobe alone' 'CLI.md, Commands' <(overview) <(page_overview)
compare 'help of each command' 'CLI.md, Options' <(option_table) <(page_table)
compare 'made of CLI.md' src/cli/ringprobe.1 <(manual) "$root/src/cli/ringprobe.1"
for command in $(commands); do
    compare "help $command" "$command --help" <("$program" help "$command") <("$program" "$command" --help)
    "$program" help "$command" | awk -v command="$command" 'length > 100 { print "help " command ": too long: " $0; wide = 1 }
        END { exit wide }' || status=1
    [ -e "$root/src/cli/cmd_$command.c" ] || { echo "no src/cli/cmd_$command.c"; status=1; }
done
for file in "$root/src/cli/"cmd_*.c; do
    [ "$(wc -l <"$file")" -le 150 ] || { echo "$file: more than 150 lines: a command is options and one call"; status=1; }
    command=$(basename "$file" .c)
    commands | grep -qxF "${command#cmd_}" || { echo "$file: no row in the table of commands"; status=1; }
done
# A manual page that groff or man complains about is broken; neither needs to be here.
if command -v groff >/dev/null; then
    [ -z "$(groff -man -Tutf8 -ww -z "$root/src/cli/ringprobe.1" 2>&1)" ] || { echo "groff complains"; status=1; }
fi
exit $status
