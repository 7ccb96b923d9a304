#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe for a fleet by GNU parallel: four machines, by a stand-in for ssh, of which one answers otherwise and one
# not at all; then all of them.
set -euo pipefail
# shellcheck source=tests/cli/lib.sh
. "$RP_SOURCE/tests/cli/lib.sh"
# shellcheck source=tests/cluster/lib.sh
. "$RP_SOURCE/tests/cluster/lib.sh"
needs parallel

cat >reach <<TXT
#!/usr/bin/env bash
[ "\$1" != n3 ] || [ -e '$work/up' ] || { echo 'no route' >&2; exit 255; }
host=\$1
sh -c "\$2" | sed -e "s/\"host\":\"[^\"]*\"/\"host\":\"\$host\"/" -e "\$(cat '$work/edit-'\$host 2>/dev/null)"
exit \${PIPESTATUS[0]}
TXT
cat >asked <<TXT
#!/usr/bin/env bash
case \$1 in
errata) shift; exec '$RINGPROBE' errata -x unicorn --id intel-fdiv,fingerprint "\$@" ;;
esac
exec '$RINGPROBE' "\$@"
TXT
sed -i 's/intel-fdiv,fingerprint/intel-fdiv/' asked
chmod +x reach asked
echo 's/"answer":"absent"/"answer":"present"/' >edit-n2

fleet() { # STATUS
    local status=0
    "$recipes/parallel/fleet" -j 2 -r "$work/asked" -e "$work/reach" -S n1,n2,n3,n4 -o out.txt >log 2>&1 || status=$?
    [ $status -eq "$1" ] || fail "exit status $status instead of $1: $(cat log)"
}
fleet 1
grep -q '^no answer of: n3$' log || fail "who does not answer is not named: $(cat log)"
grep -q '^3 machines of 1 kind, .*: 1 odd, 0 not as recorded$' out.txt || fail "the table: $(cat out.txt)"
grep -qE '^  n2 +1 +errata intel-fdiv +present +absent \(2 of 3\)$' out.txt || fail "the odd one: $(cat out.txt)"
touch up
rm out.txt
fleet 1
[ "$(grep -cE $'\tsh -c' out.txt.answers/.jobs)" -eq 5 ] || fail "more than n3 was asked again: $(cat out.txt.answers/.jobs)"
grep -q '^4 machines of 1 kind, .*: 1 odd, 0 not as recorded$' out.txt || fail "with all: $(cat out.txt)"
rm -r edit-n2 out.txt.answers
fleet 0
grep -q ': 0 odd, 0 not as recorded$' out.txt || fail "none is odd: $(cat out.txt)"

refused() { # PATTERN COMMAND...
    local status=0 pattern=$1
    shift
    "$@" >log 2>&1 || status=$?
    [[ $status -eq 2 && $(wc -l <log) -eq 1 ]] || fail "'$*': $status, $(cat log)"
    grep -qE "$pattern" log || fail "'$*': no '$pattern' in $(cat log)"
}
refused 'needs -S HOST' "$recipes/parallel/fleet" -o out.txt
refused "'a b' is no list" "$recipes/parallel/fleet" -S 'a b' -o out.txt
refused "'-f' cannot be given" "$recipes/parallel/fleet" -S n1 -o out.txt -- -f text
refused 'has answers to golden verify' "$recipes/parallel/fleet" -S n1 -o out.txt -- other.gold
rm -r out.txt.answers
mkdir out.txt.answers
printf '%q \n' other.gold >out.txt.answers/.question
refused 'has answers to golden verify other.gold' "$recipes/parallel/fleet" -S n1 -o out.txt -- third.gold
refused "'none' is no folder" "$recipes/ask" none n1
status=0
"$recipes/table" . out.txt n9 >log 2>&1 || status=$?
[[ $status -eq 2 && $(<log) == *'no answer of: n9'*'no machine has answered' ]] || fail "without an answer: $status, $(cat log)"
finish
