#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests the runner itself: tests/vm/selftest.sh [KERNEL]

set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
repo=$(cd "$here/../.." && pwd -P)
kernel=${1:-debian-6.1}
count=0 failures=0

mkdir -p "$repo/build/vm"
scratch=$(mktemp -d "$repo/build/vm/selftest.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# Where the runner's own temporary files go, to see that it takes them away.
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"

folder=$("$here/kernel" "$kernel") || exit 1
arch=$(<"$folder/arch")

vm() {
	"$here/run" --kernel "$kernel" "$@" >"$scratch/out" 2>"$scratch/err"
}

# check WHAT COMMAND...: one line of the report.
check() {
	local what=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $what"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $count - $what"
	tail -n 20 "$scratch/out" "$scratch/err" 2>/dev/null | sed 's/^/# /'
}

exits() {
	local want=$1 got=0

	shift
	vm "$@" || got=$?
	((got == want)) || {
		echo "# exit status $got, not $want"
		return 1
	}
}

arguments_arrive() {
	# shellcheck disable=SC1003,SC2016
	local -a awkward=('a b' '' "it's" '"quoted"' $'two\nlines' '$HOME `id` \' '*' '--' ' ')

	exits 0 --no-load -- printf '%s\0' "${awkward[@]}" || return
	printf '%s\0' "${awkward[@]}" | cmp - "$scratch/out" && [[ ! -s $scratch/err ]]
}

output_is_exact() {
	local file

	for file in 1 2; do
		{
			head -c 300000 /dev/urandom
			printf 'a\nb\r\nc\004\003\177no newline'
		} >"$scratch/blob$file"
	done
	# shellcheck disable=SC2016
	exits 0 --no-load -- sh -c 'cat "$1"; cat "$2" >&2' - "$scratch/blob1" "$scratch/blob2" || return
	cmp "$scratch/blob1" "$scratch/out" && cmp "$scratch/blob2" "$scratch/err"
}

output_streams() {
	local start=$SECONDS

	: >"$scratch/out"
	"$here/run" --kernel "$kernel" --no-load -- sh -c 'echo early; exec sleep 1000' \
		>"$scratch/out" 2>"$scratch/err" &
	until grep -qs early "$scratch/out" || ((SECONDS - start > 100)); do
		sleep 0.2
	done
	# the runner is told to go, and takes everything with it
	kill -TERM $!
	wait $!
	(($? == 143)) && grep -q early "$scratch/out"
}

environment_is_small() {
	KVIP_SELFTEST='a b' TAP_SELFTEST=$'c\nd' OTHER_SELFTEST=e exits 0 --no-load -- env || return
	grep -qx 'KVIP_SELFTEST=a b' "$scratch/out" && grep -qx 'TAP_SELFTEST=c' "$scratch/out" &&
		grep -qx "KVIP_KERNEL=$kernel" "$scratch/out" && grep -qx KVIP_VM=1 "$scratch/out" &&
		grep -qx HOME=/root "$scratch/out" && grep -q "^PATH=$repo/build/tools:" "$scratch/out" &&
		! grep -q OTHER_SELFTEST "$scratch/out"
}

writes_vanish() {
	local name=kvip-selftest-$$

	# shellcheck disable=SC2016
	exits 0 --no-load -- sh -ec '
		for file in "/$1" "/etc/$1" "/tmp/$1" "/var/tmp/$1" "$2/written"; do
			echo here >"$file"
			grep -q here "$file"
		done
		rm "$2/blob1"' - "$name" "$scratch" || return
	[[ ! -e /$name && ! -e /etc/$name && ! -e /tmp/$name && ! -e /var/tmp/$name ]] &&
		[[ ! -e $scratch/written && -e $scratch/blob1 ]]
}

runs_side_by_side() {
	local first=0 second=0

	"$here/run" --kernel "$kernel" -- sh -c 'echo one; exit 3' >"$scratch/out.1" 2>"$scratch/err" &
	"$here/run" --kernel "$kernel" -- sh -c 'echo two; exit 4' >"$scratch/out.2" 2>"$scratch/err.2" || second=$?
	wait $! || first=$?
	((first == 3 && second == 4)) && [[ $(<"$scratch/out.1") == one && $(<"$scratch/out.2") == two ]]
}

leftovers_are_killed() {
	exits 0 -- sh -c 'ip netns add left && ip netns exec left sleep 1000 & sleep 1'
}

kvip_is_there() {
	exits 0 -- sh -c 'grep -q "^kvip " /proc/modules && rmmod kvip && modprobe kvip'
}

hanging_kvm_is_left() {
	printf '#!/bin/sh\nexec sleep 1000\n' >"$scratch/canary"
	chmod 755 "$scratch/canary"
	KVIP_CANARY=$scratch/canary exits 0 --no-load -- true || return
	grep -q 'does not come up in KVM' "$scratch/err"
}

nothing_stays() {
	local left

	left=$(ls -A "$TMPDIR")
	[[ -z $left ]] && ! pgrep -f "$TMPDIR" >/dev/null
}

check "kvip is loaded, and can be again" kvip_is_there
check "the exit status is the command's" exits 7 -- sh -c 'exit 7'
check "a command that is not there is 127" exits 127 --no-load -- kvip-no-such-command
check "arguments arrive as they are" arguments_arrive
check "stdout and stderr are apart and byte-exact" output_is_exact
check "output streams, and SIGTERM ends the machine" output_streams
check "the environment is small and ours" environment_is_small
check "the guest's writes do not reach the host" writes_vanish
check "--no-load leaves kvip unloaded" exits 1 --no-load -- grep '^kvip ' /proc/modules
check "what the command leaves is no finding" leftovers_are_killed
check "two runs go side by side" runs_side_by_side
check "124 past its time" exits 124 --timeout 8 -- sleep 1000
check "125 if the kernel dies" exits 125 -- sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
check "a kernel warning fails a command that passed" \
	exits 1 --no-load -- sh -c 'echo "WARNING: CPU: 0 fake" >/dev/kmsg'
check "the warning is shown" grep -q 'WARNING: CPU: 0 fake' "$scratch/err"
check "a warning leaves a failure's status" exits 9 --no-load -- sh -c 'echo "BUG: fake" >/dev/kmsg; dmesg -C; exit 9'
if [[ $arch != um ]]; then
	check "a KVM that hangs is left for TCG" hanging_kvm_is_left
	check "--icount runs" exits 0 --icount --no-load -- true
fi
check "no files or processes stay" nothing_stays

echo "$((count - failures)) passed, $failures failed"
((failures == 0))
