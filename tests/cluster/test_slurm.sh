#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe for Slurm, on a cluster of one node that this test starts with Debian's packages, without systemd, beside
# whatever else runs here: 8 shards, one killed, whose merge names it; the same command makes it alone, and the merged
# campaign is the unsharded scan; then the recipe for a fleet.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cluster/lib.sh
. "$RP_SOURCE/tests/cluster/lib.sh"
[ "$(id -u)" -eq 0 ] || { echo 'slurmd runs as root'; exit 77; }
needs slurmctld slurmd sbatch squeue scancel munged
cpus=$(nproc)
node=$(hostname -s)
chmod 755 "$work"

# The cluster: everything in a folder of its own, own ports, own key.
install -d -o munge -m 711 munge
dd if=/dev/urandom of=munge/key bs=1 count=1024 status=none
chown munge munge/key
chmod 400 munge/key
runuser -u munge -- munged --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed" || fail "munged: $(cat munge/log)"
mkdir state spool
cat >slurm.conf <<TXT
ClusterName=ringprobe
SlurmctldHost=$node(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
TXT
export SLURM_CONF=$work/slurm.conf
stop() {
    local file pid
    for file in slurmd.pid slurmctld.pid munge/pid; do
        [ -s "$work/$file" ] || continue
        pid=$(<"$work/$file")
        kill "$pid" || continue
        tail --pid="$pid" -f /dev/null # until it has ended, and writes no more
    done
    rm -rf "$work"
}
trap stop EXIT
slurmctld
slurmd
for ((i = 0; i < 600; i++)); do
    [ "$(sinfo -h -o %t 2>/dev/null)" != idle ] || break
    sleep 0.1
done
[ "$(sinfo -h -o %t)" = idle ] || { echo "no cluster: $(sinfo -h 2>&1) $(tail -n 3 slurmctld.log slurmd.log)"; exit 1; }
echo "$(sinfo --version), idle after some $((i / 10)) s"

# submit: the recipe; leaves $array and $merge, the numbers of its jobs.
submit() {
    RINGPROBE=$1 "$recipes/slurm/submit" -n 8 -o out.db -- "${space[@]}" >submitted 2>err || fail "submit: $(cat err)"
    array=$(sed -n 's/^array //p' submitted)
    merge=$(sed -n 's/^merge //p' submitted)
}
# Waits until a job is no longer there, or for ten minutes.
ended() {
    local i
    for ((i = 0; i < 6000; i++)); do
        [ -n "$(squeue -h -j "$1" 2>/dev/null)" ] || return 0
        sleep 0.1
    done
    fail "job $1 does not end: $(squeue)"
}

make_whole
make_stopping
SECONDS=0
submit "$work/stopping"
until [ -e halfway ]; do
    [ -n "$(squeue -h -j "$array" 2>/dev/null)" ] || { fail "it ended before shard 3: $(cat out.db.shards/log/*)"; break; }
    sleep 0.1
done
scancel --signal=KILL --full "${array}_3"
ended "$array"
ended "$merge"
[ ! -e out.db ] || fail 'merged without shard 3'
grep -qE 'shard 3/8 is missing; make it' out.db.shards/log/merge || fail "the merge says: $(cat out.db.shards/log/merge)"
[ "$(find out.db.shards -name 'shard-*-of-8.db' | wc -l)" -eq 7 ] || fail "shards: $(ls out.db.shards)"
echo "8 shards, one killed, on $cpus processors: $SECONDS s"

SECONDS=0
submit "$work/stopping"
ended "$array"
ended "$merge"
[ -e out.db ] || fail "not merged: $(cat out.db.shards/log/merge)"
grep -q '^# .*of' continued || fail "the killed shard did not go on: $(head -n 3 continued)"
check_merged out.db
echo "the one alone, and the merge: $SECONDS s"

# Nothing is missing: a merge alone, which changes nothing.
cksum out.db >before
submit "$RINGPROBE"
[ -z "$array" ] || fail 'shards that are there are made again'
ended "$merge"
cksum out.db | cmp - before || fail 'merging again changed something'

# A fleet of one: the node answers, and the table is made; the same command again asks nobody.
cat >asked <<TXT
#!/usr/bin/env bash
[ "\$1" != errata ] || { shift; set -- errata -x unicorn --id intel-fdiv "\$@"; }
exec '$RINGPROBE' "\$@"
TXT
chmod +x asked
fleet() {
    RINGPROBE=$work/asked "$recipes/slurm/fleet" -o fleet.md >submitted 2>err || fail "fleet: $(cat err)"
    ended "$(sed -n 's/^table //p' submitted)"
}
fleet
grep -q "^ask $node " submitted || fail "nobody was asked: $(cat submitted)"
grep -q '^1 machine of 1 kind, 1 thing asked: 0 odd' fleet.md || fail "the table: $(cat fleet.md.answers/log/*)"
rm fleet.md
fleet
[ "$(wc -l <submitted)" -eq 1 ] || fail "who has answered was asked again: $(cat submitted)"
[ -e fleet.md ] || fail "no table: $(cat fleet.md.answers/log/table)"
finish
