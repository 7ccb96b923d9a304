#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Options and operands that make no sense exit with 2 and one line that names them and the mend.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

for command in $("$RINGPROBE" | awk '/^  ringprobe/ { print $2 }'); do
    expect 2 "no option '--frobnicate'" "$command" --frobnicate
    expect 2 "no option '-Z'" "$command" -Z
    expect 2 "'--quiet' takes no argument" "$command" --quiet=yes
    expect 0 '' "$command" --help
    expect 0 '' help "$command"
done
expect 2 "'frobnicate' is no command" frobnicate
expect 2 "'frobnicate' is no command" help frobnicate
expect 2 "'--frobnicate' stands where a command belongs" --frobnicate
expect 2 "option '--mode' takes an argument" probe 9d --mode
expect 2 "option '-m' takes an argument" probe 9d -m
expect 2 "probe needs TARGET" probe
expect 2 "replay needs WITNESS" replay
expect 2 "scan does not know what to do with 'popf'" scan popf
expect 2 "executors does not know what to do with 'unicorn'" executors unicorn

expect 2 "'long32' is no mode, choose among long64" probe 9d -m long32
expect 2 "'' is no mode" probe 9d -m prot32,
expect 2 "'strict' is no policy, choose among legacy" probe 9d -p strict
expect 2 "policy 'as-found' is for executors that cannot set controls" probe 9d -p as-found
expect 2 "'vmware' is no executor, choose among unicorn" probe 9d -x vmware
if "$RINGPROBE" executors | grep -qx 'BOCHS: RUNS HERE'; then
    expect 2 "'z80' is no CPU model of bochs, choose among bx_generic " probe 9d -x bochs:z80
    expect 2 "'' is no CPU model of bochs, choose among bx_generic " probe 9d -x bochs:
    shows '"name":"bochs:trinity_apu"' probe -x bochs -q -f json 8fe878a2c1d0
    shows '"name":"bochs:corei3_cnl"' probe -x bochs:corei3_cnl -q -m prot32 -f json 9d
fi
expect 2 "its one policy is as-found" probe 9d -x native -p linux
if "$RINGPROBE" executors | grep -qx 'NATIVE: RUNS HERE'; then
    expect 2 "native can't run prot32 here: a program runs in long64, compat32 and compat16 alone" \
        probe -x native -m prot32 9d
    expect 2 "native can't run vm86 here" scan -q -x native -m vm86,real16
    shows '^{"schema".*"mode":"compat16"' probe -x native -m compat16,prot16 -f json 9d
    grep -q "^ringprobe: native can't run prot16 here: " err || fail 'what is left out of several modes is said'
    shows '"outcome":"retired"' probe -x unicorn,native -q -m prot32 -f json 9d
    [ ! -s err ] || fail "what an executor never runs is no news where another does: $(cat err)"
fi
shows '"executors":\[\{"name":"unicorn",[^}]*\},"ring3":\{[^}]*\}\}\],"witness"' probe -x unicorn,unicorn -f json 9d # once
expect 2 "of kind divergence is from two executors, NAME.NAME, not from 'unicorn'" replay \
    rp1:unicorn:legacy:long64:90:divergence:-:ring=3:ring=3:outcome:f1a1b9f3
expect 2 "of kind divergence runs on two executors, not on 1; name two with -x" replay -x unicorn \
    rp1:unicorn+unicorn:legacy:long64:90:divergence:-:ring=3:ring=3:outcome:5600e5ff
expect 2 "unicorn has no CPU models .* leave out ':skylake'" probe 9d -x unicorn:skylake
expect 2 "'yaml' is no format, choose among text markdown json\$" probe 9d -f yaml
expect 2 "'yaml' is no format, choose among text markdown json html .* canonical" report -f yaml c.db
expect 2 "'yaml' is no format, choose among text markdown json sarif junit\$" errata -f yaml
expect 2 "'yaml' is no format, choose among text markdown json sarif junit baseline\$" fuzz -f yaml
expect 2 "'yaml' is no format, choose among text json\$" hunt -f yaml
expect 2 "'html' is a format of reports, and probe makes none; .ringprobe help probe. lists its formats" probe 9d -f html
expect 2 "--color takes auto, always or never, not 'sometimes'" probe 9d --color sometimes
expect 2 "--progress takes auto, always or never, not 'yes'" scan --progress yes
for number in '' 1e3 -1 18446744073709551616 0x 7seven ' 7'; do
    expect 2 "--seed takes a number .* not '$number'" probe 9d --seed "$number"
done
expect 2 "--jobs takes a number from 1 to 1024, not '0'" probe 9d -j 0
expect 2 "--limit takes a number" scan --limit 0
expect 2 "--time takes a number" scan --time soon
expect 2 "--runs takes a number" scan --runs x
for shard in 2/2 1 /2 1/ x/2 -1/2 0/0; do
    expect 2 "--shard takes I/N with I from 0 to N-1, not '$shard'" scan --shard "$shard"
done
expect 2 "'deep' is no space, choose forms" scan -s deep
only ''

# What is right goes through: both ways to write an option, its place, `--`, -x all with its notes.
shows '"mode":"prot32"' probe -mprot32 --format=json --seed=0x1 9d
shows '"mode":"long64"' probe 9d -f json --
shows '"mode":"long64"' probe -f json -q -- 9d
[ ! -s err ] || fail "quiet: $(cat err)"
shows '"policy":"hardened".*"by_policy":\{"legacy":' probe -p hardened,legacy -f json 9d
shows '"verdict":"hole"' probe -x all -f json 9d
grep -q 'ringprobe: seed 1' err || fail 'the seed is printed when nobody gave it'
shows '^ringprobe [0-9]' --version
# Every executor of harness is listed, those that can't run here with what is missing.
run executors
for folder in "$RP_SOURCE/harness/"*/; do
    name=$(basename "$folder")
    [[ $name != guest && $name != cluster ]] || continue # what executors have in common; recipes for many machines
    grep -qE "^${name^^}: (RUNS HERE|CAN'T RUN HERE)$" out || fail "executors: no $name"
done
shows '"name":"unicorn","runs":true,"missing":null,"version":"unicorn .*"limits":\[\{' executors -f json
shows '^## unicorn: runs here' executors -f markdown
shows '^Zydis [0-9]' --version
shows '^jansson [0-9]' --version
shows '^unicorn [0-9]' --version
shows '^corpus [0-9a-f]{16}$' --version
finish
