# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by run: boots a kernel in QEMU. The root and the shared folder are 9p.

# shellcheck disable=SC2034,SC2154 # folder, share, console, memory...: run sets them

# In a list of options a comma is written twice.
comma() {
	printf %s "${1//,/,,}"
}

# The initramfs's init: mounts the root and hands over to the guest's own init.
print_init() {
	cat <<-'END'
		#!/bin/sh
		case $(mount -t proc proc /proc && cat /proc/cmdline) in
		*kvip.canary*)
			echo kvip-canary-lives
			poweroff -f
			;;
		esac
		while read -r module; do
			insmod "/modules/$module"
		done </modules/order
		mount -t tmpfs -o mode=755,size=75% tmpfs /rw
		mkdir /rw/upper /rw/work
		mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose,access=any root /lower
		mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none,access=any share /share
		mount -t overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work overlay /newroot
		mount -t tmpfs -o mode=755 tmpfs /newroot/run
		mkdir /newroot/run/kvip-vm
		mount --move /share /newroot/run/kvip-vm
		read -r repo </newroot/run/kvip-vm/repo
		exec switch_root /newroot "$repo/tests/vm/guest-init"
	END
}

# Prints the files of the modules the initramfs needs, each after what it needs.
initramfs_modules() {
	local name

	for name in virtio_pci virtio-rng 9pnet_virtio 9p overlay; do
		sed -nE "s,^([^:]*/)?$name\.ko[^:]*:.*,&,p" "$1/modules.dep" |
			tr -d : | tr ' ' '\n' | tac
	done | awk '!seen[$0]++'
}

# Sets `initramfs`: made once for a kernel and a print_init.
make_initramfs() {
	local version modules busybox module name tree key

	version=$(<"$folder/version")
	modules=$folder/modules/lib/modules/$version
	busybox=$(type -P busybox) || fail "busybox is not installed: run tests/setup"
	key=$({ print_init; initramfs_modules "$modules"; cat "$busybox"; } | sha256sum | cut -c1-16)
	initramfs=$folder/initramfs-$key
	[[ ! -s $initramfs ]] || return 0

	tree=$tmp/initramfs
	mkdir -p "$tree"/{bin,dev,proc,modules,rw,lower,share,newroot}
	cp "$busybox" "$tree/bin/busybox"
	for name in sh mount cat insmod mkdir switch_root poweroff; do
		ln -s busybox "$tree/bin/$name"
	done
	print_init >"$tree/init"
	chmod 755 "$tree/init"
	while read -r module; do
		name=$(basename "$module")
		case $name in
		*.xz) xz -dc "$modules/$module" >"$tree/modules/${name%.xz}" ;;
		*.zst) zstd -qdc "$modules/$module" >"$tree/modules/${name%.zst}" ;;
		*) cp "$modules/$module" "$tree/modules/" ;;
		esac
		name=${name%.xz}
		echo "${name%.zst}" >>"$tree/modules/order"
	done < <(initramfs_modules "$modules")
	(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) >"$tmp/initramfs.cpio"
	cp "$tmp/initramfs.cpio" "$initramfs.$$"
	mv "$initramfs.$$" "$initramfs"
	rm -rf "$tree"
}

# Whether KVM carries a guest to its init within ten seconds: there are machines
# with a /dev/kvm in which a guest hangs for ever. Asked once per boot of the host.
# KVIP_CANARY stands in for QEMU, to test this.
ask_kvm() {
	local seen log=$tmp/canary
	local -a canary=("${KVIP_CANARY:-qemu-system-x86_64}")

	[[ ${KVIP_CANARY-} || -w /dev/kvm ]] || return 1
	seen=$cache/kvm-$(</proc/sys/kernel/random/boot_id)
	if [[ ! ${KVIP_CANARY-} ]]; then
		mkdir -p "$cache"
		exec 7>"$cache/.kvm.lock"
		flock 7
		if [[ -s $seen ]]; then
			[[ $(<"$seen") == works ]]
			return
		fi
	fi
	: >"$log"
	# The outer shell would tell of a QEMU that KVM makes abort.
	(timeout --foreground -s KILL 10 "${canary[@]}" -accel kvm -cpu host -m 256 \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$folder/image" -initrd "$initramfs" \
		-append "console=ttyS0 quiet panic=-1 kvip.canary" \
		-chardev "file,id=console,path=$(comma "$log")" -serial chardev:console \
		7>&-; true) </dev/null >/dev/null 2>&1
	if grep -q kvip-canary-lives "$log"; then
		[[ ${KVIP_CANARY-} ]] || echo works >"$seen"
		return 0
	fi
	echo "vm: a guest does not come up in KVM here: going on without" >&2
	if [[ ! ${KVIP_CANARY-} ]]; then
		rm -f "$cache"/kvm-*
		echo hangs >"$seen"
	fi
	return 1
}

# The lock is let go at once: the VM to come would keep it open, and with it all
# others waiting.
kvm_works() {
	local status=0

	ask_kvm || status=$?
	exec 7>&-
	return $status
}

machine_command() {
	local append

	command -v qemu-system-x86_64 >/dev/null || fail "QEMU is not installed: run tests/setup"
	make_initramfs

	append="console=ttyS0 loglevel=5 panic=-1 oops=panic printk.devkmsg=on log_buf_len=4M"
	append+=" mitigations=off nokaslr random.trust_cpu=on nowatchdog"

	vm_command=(qemu-system-x86_64)
	if [[ $icount ]]; then
		vm_command+=(-accel tcg -icount "shift=0,sleep=off" -smp 1)
	elif kvm_works; then
		vm_command+=(-accel kvm -cpu host -smp "$cpus")
	else
		# Not -cpu max: with it KASAN stumbles over the boot's own identify_cpu.
		vm_command+=(-accel "tcg,thread=multi" -cpu Nehalem -smp "$cpus")
		append+=" tsc=reliable"
	fi
	# No HPET, which a guest does not need. Once, with it, a boot stood still for
	# minutes before the kernel's clock started. That it was the HPET is a guess:
	# a tick missed there comes again only when its 32 bits wrap, after 43 s.
	vm_command+=(
		-machine "pc,hpet=off"
		-nodefaults -no-user-config -display none -no-reboot -m "$memory"
		-kernel "$folder/image" -initrd "$initramfs" -append "$append"
		-chardev "file,id=console,append=on,path=$(comma "$console")" -serial chardev:console
		-device virtio-rng-pci
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device "virtio-9p-pci,fsdev=root,mount_tag=root"
		-fsdev "local,id=share,security_model=none,path=$(comma "$share")"
		-device "virtio-9p-pci,fsdev=share,mount_tag=share"
	)
	printf '/run/kvip-vm/%s\n' stdout stderr >"$share/channels"
}
