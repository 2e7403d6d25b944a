#!/bin/sh
# Records what an unmodified Debian kernel tells its MMU notifiers, in a virtual machine.
#   record.sh [-c CPUS] [-m MIB] [-t SECONDS] [-o ORDER] KERNEL SCENARIOS TRACES
# KERNEL     a Debian release name: 6.1.0-56-amd64, 6.12.113+deb12-amd64; "6.1" and "6.12" stand for these two
# SCENARIOS  a folder of JSON files (name, group, about, steps: as in a trace, anything else is ignored)
# TRACES     where the traces go, one file for each scenario
# ORDER      forward (default) or backward; CPUS 1 (default) or 2
# KERNEL_RECORDER_CACHE (default: ~/.cache/hilbench-kernel-recorder) keeps packages and builds.
set -eu

cpus=1 mib=1024 seconds=1800 order=forward
while getopts c:m:t:o: option; do
  case $option in
    c) cpus=$OPTARG ;;
    m) mib=$OPTARG ;;
    t) seconds=$OPTARG ;;
    o) order=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
kernel=$1 scenarios=$(cd "$2" && pwd)
mkdir -p "$3"
traces=$(cd "$3" && pwd)
case $kernel in
  6.1) kernel=6.1.0-56-amd64 ;;
  6.12) kernel=6.12.113+deb12-amd64 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
cache=${KERNEL_RECORDER_CACHE:-$HOME/.cache/hilbench-kernel-recorder}
root=$cache/$kernel
build=$root/build

need() {
  for tool; do
    command -v "$tool" >/dev/null 2>&1 || PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null 2>&1 || {
      echo "record.sh needs $tool. On Debian: apt-get install qemu-system-x86 kmod cpio xz-utils gcc-12 make e2fsprogs" >&2
      exit 3
    }
  done
}

# The packages are unpacked, never installed.
fetch() {
  [ -e "$root/fetched" ] && return
  mkdir -p "$root/packages"
  flavour=${kernel%-amd64}
  case $kernel in
    *+*) kbuild=linux-kbuild-$flavour ;;
    *) kbuild=linux-kbuild-${kernel%.0-*} ;;
  esac
  ls "$root"/packages/linux-image* >/dev/null 2>&1 || (cd "$root/packages" && apt-get download -q "linux-image-$kernel" "linux-headers-$kernel" \
    "linux-headers-$flavour-common" "$kbuild")
  for package in "$root"/packages/*.deb; do
    dpkg -x "$package" "$root"
  done
  headers=$root/usr/src/linux-headers-$kernel
  sed -i "s#include /usr/src#include $root/usr/src#" "$headers/Makefile"
  rm -f "$headers/vmlinux" # only for BTF, which needs pahole
  PATH=$PATH:/usr/sbin depmod -b "$root" "$kernel"
  touch "$root/fetched"
}

compile() {
  mkdir -p "$build/module" "$build/initramfs"
  cp -u "$here"/module/* "$build/module/"
  make -s -C "$root/usr/src/linux-headers-$kernel" M="$build/module" modules >"$build/module.log" 2>&1 || {
    cat "$build/module.log" >&2
    exit 3
  }
  gcc -std=gnu11 -O1 -static -Wall -Wextra -Wshadow -o "$build/initramfs/init" "$here"/program/*.c
}

# The program, the kernel's modules that it needs, and the recorder.
pack() {
  : >"$build/initramfs/modules"
  for module in virtio_pci 9pnet_virtio 9p virtio_blk ext4 zram; do
    PATH=$PATH:/usr/sbin modprobe -d "$root" -S "$kernel" --show-depends "$module" |
      sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "${file%.xz}")
    case $file in
      *.xz) xz -dc "$file" >"$build/initramfs/$name" ;;
      *) cp "$file" "$build/initramfs/$name" ;;
    esac
    echo "/$name" >>"$build/initramfs/modules"
  done
  cp "$build/module/hil_recorder.ko" "$build/initramfs/"
  echo /hil_recorder.ko >>"$build/initramfs/modules"
  mkdir -p "$build/initramfs/proc" "$build/initramfs/sys" "$build/initramfs/dev" "$build/initramfs/share"
  (cd "$build/initramfs" && find . | cpio -o -H newc --quiet) >"$build/initramfs.cpio"
}

share=
clean() { [ -z "$share" ] || rm -rf "$share"; }
trap clean EXIT
trap 'exit 130' INT TERM

need qemu-system-x86_64 depmod modprobe cpio xz gcc make mkfs.ext4 dpkg
fetch
compile
pack

share=$(mktemp -d)
mkdir "$share/out"
cp -r "$scenarios" "$share/in"
(cd "$share/in" && ls | sed -n 's/\.json$//p') | if [ "$order" = backward ]; then sort -r; else sort; fi >"$share/list"
truncate -s 256M "$share/disk"
PATH=$PATH:/usr/sbin mkfs.ext4 -q -F "$share/disk"

# TCG only: a /dev/kvm that exists may still not run a stock kernel. One node has the CPUs, the other memory only.
timeout --kill-after=5 "$seconds" nice -n 5 qemu-system-x86_64 -accel tcg -M pc -cpu max -smp "$cpus" \
  -m $((mib + 512)) \
  -object memory-backend-ram,id=m0,size="${mib}M" -object memory-backend-ram,id=m1,size=512M \
  -numa "node,nodeid=0,cpus=0-$((cpus - 1)),memdev=m0" -numa node,nodeid=1,memdev=m1 \
  -nographic -no-reboot -nic none \
  -kernel "$root/boot/vmlinuz-$kernel" -initrd "$build/initramfs.cpio" \
  -append "console=ttyS0 quiet panic=-1 init=/init rdinit=/init mitigations=off nokaslr" \
  -drive "file=$share/disk,format=raw,if=virtio" \
  -virtfs "local,path=$share,mount_tag=share,security_model=none" </dev/null >"$build/console.log" 2>&1 || true
find "$share/out" -name '.*' -type f -delete
find "$share/out" -name '*.json' -exec mv {} "$traces/" \;
grep -a -e '^failed' -e '^recorder:' "$build/console.log" | grep -av 'recorder: done' >&2 || true
grep -aq 'recorder: done' "$build/console.log" || {
  echo "The machine ended early; its console is $build/console.log" >&2
  exit 3
}
