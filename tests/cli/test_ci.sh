#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples for CI (harness/ci-*.yml) do what they say: their commands are taken out of them and run, once where nothing is
# new and once where something is. What gets the program onto the machine is not run; in its place stands what
# `cmake --install` makes of the build under test. A scan is given --shard, unless RP_CI_WHOLE is set (slow_ci_whole).
set -eu
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
python=/usr/bin/python3 # Debian's, which has Debian's modules
if ! "$python" -c 'import yaml' 2>/dev/null; then
    echo 'SKIPPED without python3-yaml: harness/packages.tsv, group test'
    exit 77
fi

# A line each: the example, the step's number, whether it runs after a failure, the commands as a JSON string.
"$python" - "$RP_SOURCE/harness" >steps <<'PY'
import json, re, sys, yaml

def step(example, number, always, commands):
    print(example, number, always, json.dumps(commands), sep="\t")

for example in ("github", "gitlab"):
    text = open(f"{sys.argv[1]}/ci-{example}.yml").read()
    comment = " ".join(line[2:] for line in text.splitlines() if line.startswith("# "))
    step("first", example, False, re.search("made once by `([^`]*)`", comment).group(1))
    parsed = yaml.safe_load(text)
    job = parsed["jobs"]["ringprobe"] if "jobs" in parsed else parsed["ringprobe"]
    if "steps" in job:
        for number, part in enumerate(job["steps"]):
            assert ("run" in part) != ("uses" in part), part
            if "run" in part:
                step(example, number, part.get("if") == "always()", part["run"])
    else:
        step(example, 0, False, "\n".join(job["before_script"] + job["script"]))
        step(example, 1, True, "\n".join(job["after_script"]))
PY
[ "$(cut -f 1 steps | sort | uniq -c | xargs)" = '2 first 3 github 2 gitlab' ] || fail "steps: $(cat steps)"

cmake --install "$RP_BUILD" --prefix "$work/usr" >install.log 2>&1 || fail "$(tail -n 1 install.log)"
mkdir -p bin ringprobe/harness
# shellcheck disable=SC2016 # the wrapper expands
part='[ "$1" != scan ] || set -- "$@" --shard 29/200'
[ -z "${RP_CI_WHOLE:-}" ] || part=
printf '#!/bin/sh\n%s\nexec "%s/usr/bin/ringprobe" "$@"\n' "$part" "$work" >bin/ringprobe
printf '#!/bin/sh\nexec ringprobe --version\n' >ringprobe/harness/ci-install
chmod +x bin/ringprobe ringprobe/harness/ci-install
export PATH=$work/bin:$PATH GITHUB_STEP_SUMMARY=$work/summary.md

# job EXAMPLE: runs its steps as the servers do; $status is that of the job, or that of the last step that failed.
job() {
    local example number always commands
    status=0
    while IFS=$'\t' read -r example number always commands; do
        [ "$example" = "$1" ] || continue
        [ "$status" -eq 0 ] || [ "$always" = True ] || continue
        "$python" -c 'import json, sys; print(json.loads(sys.argv[1]))' "$commands" >step.sh
        bash -eo pipefail step.sh >step.out 2>step.err </dev/null || status=$?
        [ "$status" -lt 2 ] || fail "$1, step $number: $(tail -n 1 step.err)"
    done <steps
}

job first
[ "$status" -eq 0 ] || fail "a first baseline: status $status"
own=baseline.json
grep -q '"schema":"ringprobe.baseline/1"' "$own" || fail "no baseline: $(head -n 3 "$own")"
if [ -n "${RP_CI_WHOLE:-}" ]; then
    diff "$RP_SOURCE/results/baseline-unicorn.json" "$own" ||
        fail 'results/baseline-unicorn.json is another: make it anew (results/README.md) and look at the difference'
fi
cp "$RP_SOURCE/results/baseline-unicorn.json" baseline.json

rm holes.db # later jobs find the campaign complete, and report from it
for example in github gitlab; do
    rm -f holes.[!d]* summary.md
    job $example
    [ "$status" -eq 0 ] || fail "$example: status $status although nothing is new: $(tail -n 1 step.err)"
done
for file in holes.db holes.xml holes.md; do
    [ -s $file ] || fail "gitlab: no $file"
done

# One of the holes that the scan finds becomes new.
id=$("$work/usr/bin/ringprobe" report holes.db -f baseline | grep -oE 'rp-[0-9a-f]{16}' | head -n 1)
grep -v "$id" "$RP_SOURCE/results/baseline-unicorn.json" >baseline.json
for example in github gitlab; do
    rm -f holes.[!d]* summary.md
    job $example
    [ "$status" -eq 1 ] || fail "$example: status $status although a hole is new"
    case $example in
    github)
        grep -q '"baselineState":"new"' holes.sarif || fail "github: nothing to upload says what is new"
        grep -q "$id" summary.md || fail "github: the summary does not show what is new"
        [ "$(stat -c %s summary.md)" -le 1048576 ] || fail 'github: the summary is too long to be shown'
        ;;
    gitlab) grep -q "$id" <(grep -B 1 '<failure' holes.xml) || fail 'gitlab: no failure for the new hole' ;;
    esac
done

# README shows the same commands.
while IFS=$'\t' read -r example _ _ commands; do
    [ "$example" = github ] || continue
    "$python" -c 'import json, sys; print(json.loads(sys.argv[1]))' "$commands" >step.sh
    grep -qF -- "$(cat step.sh)" "$RP_SOURCE/README.md" || fail "README.md does not show: $(cat step.sh)"
done <steps
finish
