# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the manual page of src/cli/CLI.md: the Markdown that is used there, and no more of it.
# usage: awk -f tests/cli/manual.awk src/cli/CLI.md >src/cli/ringprobe.1
function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text
}
# Code may go on in the next line of its paragraph.
function inline(text,   part, i, count, result) {
    count = split(text, part, "`")
    for (i = 1; i <= count; i++) {
        result = result escape(part[i])
        if (i < count) {
            code_span = !code_span
            result = result (code_span ? "\\fB" : "\\fR")
        }
    }
    if (result ~ /^[.']/) result = "\\&" result
    return result
}
function flush() {
    if (paragraph != "") print paragraph
    paragraph = ""
    code_span = 0
}
BEGIN {
    print ".\\\" SPDX-License-Identifier: GPL-2.0-or-later"
    print ".\\\" Made of src/cli/CLI.md by `tests/cli/run documents`; not to be edited."
    print ".TH RINGPROBE 1 \"\" ringprobe"
    print ".SH NAME"
    print "ringprobe \\- find the virtualization holes of x86 by experiment"
    print ".SH SYNOPSIS\n\\fBringprobe\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]"
}
/^```/ { flush(); code = !code; print code ? ".PP\n.nf" : ".fi"; next }
code { line = escape($0); if (line ~ /^[.']/) line = "\\&" line; print line; next }
/^# / { intro = 1; print ".SH DESCRIPTION"; next }
/^## / { flush(); print ".SH " toupper(substr($0, 4)); next }
/^\| option/ || /^\|---/ { next }
/^\| / {
    flush()
    count = split($0, cell, / \| /)
    sub(/^\| /, "", cell[1]); sub(/ \|$/, "", cell[3])
    print ".TP\n" inline(cell[1]) "\n" inline(cell[3]) " (" cell[2] ")"
    next
}
/^- / { flush(); print ".IP \\(bu 2"; paragraph = inline(substr($0, 3)); next }
/^$/ { flush(); blank = 1; next }
{
    sub(/^  /, "")
    if (paragraph == "" && blank) print ".PP"
    blank = 0
    paragraph = paragraph (paragraph == "" ? "" : "\n") inline($0)
}
END { flush() }
