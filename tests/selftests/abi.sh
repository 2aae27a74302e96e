#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The netlink ABI, message by message: include/uapi/linux/kvip.h is the contract
# that the abi programs hold the module to.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

for program in abi abi_access abi_config abi_explain abi_flow \
	abi_service abi_stream; do
	# a million of something: slow checks take long, and find nothing else
	[[ $program != abi_stream || ! ${KVIP_SHORT-} ]] || continue
	new_ns "$program"
	for address in 10.1.0.1/32 10.1.0.2/32; do
		ip -n "$ns-$program" addr add "$address" dev lo
	done
	ip -n "$ns-$program" route add 10.96.0.0/16 dev lo src 10.1.0.2
	# something that arrives from outside could arrive on
	wire "$program" kv0 "$program" kv1
	ip -n "$ns-$program" addr add 192.0.2.1/24 dev kv0
	ip -n "$ns-$program" addr add 2001:db8::1/64 dev kv0
	in_ns "$program" "$program"
	is "$program ends well" 0 $?
done

finish
