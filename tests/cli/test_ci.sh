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
    first, first_fuzz = re.findall("made once by +`([^`]*)`", comment)
    step("first", example, False, first)
    step("first-fuzz", example, False, first_fuzz)
    parsed = yaml.safe_load(text)
    jobs = parsed["jobs"] if "jobs" in parsed else parsed
    for name, suffix in (("ringprobe", ""), ("fuzz", "-fuzz")):
        job = jobs[name]
        if "steps" in job:
            for number, part in enumerate(job["steps"]):
                assert ("run" in part) != ("uses" in part), part
                if "run" in part:
                    step(example + suffix, number, part.get("if") == "always()", part["run"])
        else:
            step(example + suffix, 0, False, "\n".join(job["before_script"] + job["script"]))
            step(example + suffix, 1, True, "\n".join(job["after_script"]))
    # The campaign comes out of the cache and goes back into it, also where the job fails.
    fuzz = jobs["fuzz"]
    if "steps" in fuzz:
        restore, save = (part for part in fuzz["steps"] if part.get("uses", "").startswith("actions/cache/"))
        assert restore["with"]["path"] == save["with"]["path"] == "fuzz", (restore, save)
        assert restore["with"]["key"] == save["with"]["key"] and "run_id" in save["with"]["key"], save
        assert save["with"]["key"].startswith(restore["with"]["restore-keys"]) and "always()" in save["if"], save
        sarif = [part["with"]["sarif_file"] for part in fuzz["steps"] if "upload-sarif" in part.get("uses", "")]
        assert sarif == ["fuzz.sarif"], sarif
    else:
        assert fuzz["cache"]["paths"] == ["fuzz/"] and fuzz["cache"]["when"] == "always", fuzz["cache"]
        assert fuzz["artifacts"]["reports"] == {"junit": "fuzz.xml"}, fuzz["artifacts"]
PY
[ "$(cut -f 1 steps | sort | uniq -c | xargs)" = '2 first 2 first-fuzz 3 github 3 github-fuzz 2 gitlab 2 gitlab-fuzz' ] ||
    fail "steps: $(cat steps)"

cmake --install "$RP_BUILD" --prefix "$work/usr" >install.log 2>&1 || fail "$(tail -n 1 install.log)"
mkdir -p bin ringprobe/harness
# shellcheck disable=SC2016 # the wrapper expands
part='[ "$1" != scan ] || set -- "$@" --shard 29/200'
[ -z "${RP_CI_WHOLE:-}" ] || part=
# shellcheck disable=SC2016
short='[ "$1" != fuzz ] || set -- "$@" -x unicorn,native -m long64 -j 1 --runs "$(cat "'"$work"'/runs")"'
echo 24000 >runs
printf '#!/bin/sh\n%s\n%s\nexec "%s/usr/bin/ringprobe" "$@"\n' "$part" "$short" "$work" >bin/ringprobe
cp "$RP_SOURCE/harness/ci-campaign" ringprobe/harness
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

# The campaign: nothing is new against what the first one found, in another directory and in one that goes on; a finding that
# is taken out of the baseline is, also when the job runs again and finds nothing more.
if "$work/usr/bin/ringprobe" executors -f json | grep -q '"name":"native","runs":true'; then
    job first-fuzz
    [ "$status" -eq 0 ] || fail "a first fuzz baseline: status $status"
    [ "$(grep -c '"id"' fuzz-baseline.json)" -ge 1 ] || fail "nothing found: $(cat fuzz-baseline.json)"
    cp "$RP_SOURCE/results/baseline-unicorn.json" baseline.json
    cp fuzz-baseline.json all.json
    job github-fuzz
    [ "$status" -eq 0 ] || fail "github-fuzz: status $status although nothing is new: $(tail -n 1 step.err)"
    [ "$(ls fuzz)" = "$(ringprobe/harness/ci-campaign)" ] || fail "the campaign's directory: $(ls fuzz)"
    echo 64 >runs # it goes on, and has no time to find more
    id=$(grep -oE 'rp-[0-9a-f]{16}' all.json | head -n 1)
    sed "s/$id/rp-0000000000000000/" all.json >fuzz-baseline.json
    for example in github-fuzz gitlab-fuzz github-fuzz; do
        rm -f fuzz.[!d]* fuzz-accept.json summary.md
        job $example
        [ "$status" -eq 1 ] || fail "$example: status $status although a finding is new"
        grep -q "$id" fuzz-accept.json || fail "$example: nothing to accept"
        case $example in
        github-fuzz)
            grep -q '"baselineState":"new"' fuzz.sarif || fail 'github-fuzz: nothing to upload says what is new'
            grep -q "$id" summary.md || fail 'github-fuzz: the summary does not show what is new'
            ;;
        gitlab-fuzz)
            grep -q "$id" <(grep -B 1 '<failure' fuzz.xml) || fail 'gitlab-fuzz: no failure for the new finding'
            [ -s fuzz.md ] || fail 'gitlab-fuzz: no fuzz.md'
            ;;
        esac
    done
    cat fuzz-accept.json >>fuzz-baseline.json # as the comment says
    job gitlab-fuzz
    [ "$status" -eq 0 ] || fail "gitlab-fuzz: status $status although everything was accepted: $(tail -n 1 step.err)"
else
    echo 'native does not run here: the fuzz jobs were not tried'
fi

# README shows the same commands.
while IFS=$'\t' read -r example _ _ commands; do
    case $example in github*) ;; *) continue ;; esac
    "$python" -c 'import json, sys; print(json.loads(sys.argv[1]).strip())' "$commands" >step.sh
    while IFS= read -r line; do
        grep -qF -- "$line" "$RP_SOURCE/README.md" || fail "README.md does not show: $line"
    done <step.sh
done <steps
finish
