#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Formats against readers that others wrote, once as they are and once with hostile text planted in the campaign:
#   SARIF    python3-jsonschema with the schema of 2.1.0 (sarif-2.1.0-rtm.5.json.gz, see SCHEMA.md)
#   JUnit    python3-junitparser, which merges and counts results for CI servers
#   Markdown cmark-gfm, GitHub's own renderer: no tag but the report's, no link
#   all      no control character, nothing that is no UTF-8, nothing that turns the text around
set -eu
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
python=/usr/bin/python3 # Debian's, which has Debian's modules
missing=$("$python" -c '
from importlib.util import find_spec
print(*[m for m in ("jsonschema", "junitparser", "sqlite3") if not find_spec(m)])' 2>&1) || missing=python3
command -v cmark-gfm >/dev/null || missing+=' cmark-gfm'
if [ -n "${missing// /}" ]; then
    echo "SKIPPED without $missing: harness/packages.tsv, group test"
    exit 77
fi

"$RINGPROBE" scan -q -m prot32,vm86 --shard 0/40 -o c.db 2>err || fail "the scan: $(cat err)"
"$RINGPROBE" scan -q -m prot32,vm86 --shard 1/40 -o other.db 2>err || fail "the scan: $(cat err)"
"$RINGPROBE" report other.db -f baseline -o 'base[line]&.json'
formats=$("$RINGPROBE" report c.db -f none 2>&1 | sed -n "s/.*choose among //p")
[ "$(wc -w <<<"$formats")" -ge 7 ] || fail "formats: $formats"

# check FOLDER [CAMPAIGN]: each format's report, FOLDER/NAME, is what its readers take.
check() {
    for format in $formats; do
        status=0
        "$RINGPROBE" report "${2:-c.db}" -f "$format" --baseline 'base[line]&.json' -o "$1/$format" 2>err || status=$?
        [ "$status" -eq 1 ] || fail "$1: -f $format: status $status: $(cat err)"
    done
    cmark-gfm --unsafe -e table -e autolink -e strikethrough "$1/markdown" >"$1/rendered"
    "$python" "$RP_SOURCE/tests/cli/read_formats.py" "$1" "$RP_SOURCE/tests/cli/sarif-2.1.0-rtm.5.json.gz" ||
        fail "$1: see above"
}

mkdir plain hostile
check plain
"$python" - <<'PY'
import sqlite3

hostile = ("\x1b]0;x\x07<script>alert(1)</script>]]>\"'`|*_[a](http:/" "/e.x) @all www.e.x \u202e\u2028\ufffe\x9b {0} &lt;")
campaign = sqlite3.connect("c.db")
run = campaign.execute
for at, name in enumerate(["<script>", "\x1b[2J\x07\"'>", "a|b`c*d_e", "../\u202e%00\n", "&lt;{0}[a](b)", "@all\x00tail"]):
    run("UPDATE verdict SET mnemonic = ?1, name = ?1 WHERE behaviour IN (SELECT behaviour FROM behaviour WHERE verdict = "
        "'hole') AND place % 6 = ?2", (name, at))
# No text at all, but bytes, as a damaged file or another program may leave them.
run("UPDATE verdict SET mnemonic = CAST(x'ffeda080c0af' AS TEXT) WHERE mode = 5 AND place % 5 = 0")
run("UPDATE behaviour SET unknown_reason = ? WHERE verdict = 'unknown'", (hostile + "\x00more",))
run("UPDATE opinion SET executor = '<i>\x1b' || executor")
run("UPDATE opinion SET limited_by = ? WHERE decides = 0", (hostile,))
run("UPDATE witness SET replay = 'rp1:' || ?", (hostile,))
run("UPDATE effort SET date = ?1, command = ?1", (hostile,))
for name in ("CPU", "kernel", "hypervisor", "executors"):
    changed = run("UPDATE configuration SET value = ? WHERE name = ?", (hostile, name)).rowcount
    assert changed == 1, name
campaign.commit()
PY
check hostile
for format in $formats; do
    cmp -s "plain/$format" "hostile/$format" && fail "$format: what was planted is not there"
done

# The same of a fuzz campaign, which has neither html nor canonical. One finding of two is in the baseline.
formats='text markdown json sarif junit baseline'
mkdir campaign fuzz hostile-fuzz
cat >campaign/campaign <<'J'
{"schema":"ringprobe.fuzz-start/1","executors":"unicorn,native","versions":"unicorn 2.0.1; native on CPU, Linux 6","cpu":"a CPU","policy":"legacy","modes":"long64,prot32","seed":"0x1"}
J
cat >campaign/findings.jsonl <<'J'
{"schema":"ringprobe.fuzz/1","id":"rp-0000000000000001","oracle":"rings","encoding":"9d","mode":"prot32","mnemonic":"popfd","detail":"mode rflags","why":"it differs","witness":"rp1:x","hole":null}
{"schema":"ringprobe.fuzz/1","id":"rp-0000000000000002","oracle":"length","encoding":"90","mode":"long64","mnemonic":"nop","detail":"longer","why":"it is longer","witness":"rp1:y","hole":null}
J
head -n 1 campaign/findings.jsonl >'base[line]&.json'
check fuzz campaign
for format in html canonical; do
    expect 2 "fuzz campaigns are written as text markdown json sarif junit baseline, not as '$format'" \
        report campaign -f $format
done
"$python" - <<'PY'
import json

hostile = "\x1b]0;x\x07<script>alert(1)</script>]]>`|*_[a](http:/" "/e.x) @all www.e.x \u202e\u2028 {0} &lt;"
lines = [json.loads(line) for line in open("campaign/findings.jsonl")]
lines[0]["why"] = hostile
lines[0]["mnemonic"] = "<script>"
lines[1]["mnemonic"] = hostile[:20]
lines[1]["why"] = lines[1]["detail"] = hostile[:60]
lines[1]["oracle"] = "<i>"
lines[1]["witness"] = "rp1:" + hostile
with open("campaign/findings.jsonl", "w") as file: # as bytes, not escaped
    for line in lines:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        file.write(text.replace("\\u001b", "\x1b").replace("\\u0007", "\x07") + "\n")
PY
check hostile-fuzz campaign
for format in $formats; do
    cmp -s "fuzz/$format" "hostile-fuzz/$format" && fail "$format: what was planted is not there"
done
finish
