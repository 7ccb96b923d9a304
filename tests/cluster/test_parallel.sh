#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe for GNU parallel: 8 shards on the cores of this machine, one killed and made alone, merged they are the
# unsharded scan; then by ssh, on a server of its own at another port, which shares no folder.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cluster/lib.sh
. "$RP_SOURCE/tests/cluster/lib.sh"
needs parallel rsync ssh sshd ssh-keygen
make_whole
make_stopping

RINGPROBE=$work/stopping "$recipes/parallel/run" -n 8 -j 2 -o out.db -- "${space[@]}" >log 2>&1 &
recipe=$!
until [ -e halfway ]; do
    kill -0 $recipe 2>/dev/null || { fail "it ended before shard 3: $(cat log)"; break; }
    sleep 0.1
done
kill -KILL "$(<halfway)"
status=0
wait $recipe || status=$? # parallel tries again what was killed
[ $status -eq 0 ] || fail "with one shard killed: exit status $status: $(cat log)"
grep -q '^# .*of' continued || fail "the killed shard did not go on: $(head -n 3 continued)"
check_merged out.db
echo "local: $(awk 'END { print NR }' out.db.shards/jobs) jobs for 8 shards"

# One shard away: it is made alone, and the same comes out.
rm out.db out.db.shards/shard-5-of-8.db
before=$(wc -l <out.db.shards/jobs)
"$recipes/parallel/run" -n 8 -j 2 -o out.db -- "${space[@]}" >log 2>&1 || fail "again: $(cat log)"
[ "$(($(wc -l <out.db.shards/jobs) - before))" -eq 1 ] || fail 'more than the missing shard was made'
check_merged out.db

# What cannot be.
refused() { # PATTERN COMMAND...
    local status=0 pattern=$1
    shift
    "$@" >log 2>&1 || status=$?
    [[ $status -eq 2 && $(wc -l <log) -eq 1 ]] || fail "'$*': $status, $(cat log)"
    grep -qE "$pattern" log || fail "'$*': no '$pattern' in $(cat log)"
}
refused 'needs -o OUT' "$recipes/parallel/run" -n 8
refused "'0' is no number" "$recipes/parallel/run" -n 0 -o out.db
refused "'--runs' cannot be given" "$recipes/parallel/run" -n 8 -o out.db -- --runs 5
refused "this machine is not one of -S" "$recipes/parallel/run" -S : -o out.db
refused "there is no shard '8' of 8" "$recipes/shard" out.db.shards 8 8
refused "'none' is no folder" "$recipes/shard" none 0 8

# By ssh.
mkdir -m 700 ssh
ssh-keygen -q -t ed25519 -N '' -f ssh/host
ssh-keygen -q -t ed25519 -N '' -f ssh/user
cp ssh/user.pub ssh/authorized
mkdir -p /run/sshd
cat >ssh/sshd_config <<TXT
Port 16822
ListenAddress 127.0.0.1
HostKey $work/ssh/host
PidFile $work/ssh/pid
AuthorizedKeysFile $work/ssh/authorized
StrictModes no
UsePAM no
TXT
"$(command -v sshd)" -f "$work/ssh/sshd_config" -E "$work/ssh/log"
trap 'kill "$(<"$work/ssh/pid")"; rm -rf "$work"' EXIT
client="ssh -p 16822 -i $work/ssh/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
"$recipes/parallel/run" -n 8 -j 2 -S "$client $(id -un)@127.0.0.1" -r "$RINGPROBE" -o far.db -- "${space[@]}" >log 2>&1 ||
    fail "by ssh: $(cat log ssh/log)"
check_merged far.db
echo "ssh: $(awk '$2 != ":" { n++ } END { print n }' far.db.shards/jobs) jobs for 8 shards"
finish
