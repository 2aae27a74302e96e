# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by run: boots a user-mode kernel. The root and the shared folder are hostfs.

# shellcheck disable=SC2034,SC2154 # folder, share, here, memory...: run sets them

machine_command() {
	[[ -z $icount ]] || fail "--icount needs QEMU: a user-mode kernel does not count instructions"

	# con1 and con2 write into the files that run follows.
	exec 5>>"$share/stdout" 6>>"$share/stderr"
	vm_command=(
		"$folder/image" "mem=$memory" "uml_dir=$tmp/uml" umid=vm
		root=/dev/root rootfstype=hostfs rootflags=/ ro
		"init=$here/guest-init" "KVIP_SHARE=$share"
		"con0=null,fd:1" "con1=null,fd:5" "con2=null,fd:6" con=null ssl=null
		noreboot loglevel=5 panic=-1 oops=panic printk.devkmsg=on log_buf_len=4M
	)
	printf '/dev/tty%s\n' 1 2 >"$share/channels"
}
