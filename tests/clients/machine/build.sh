#!/usr/bin/env bash
# Builds what a virtual machine boots from, of Debian's packages and nothing else: a kernel, its
# initial file system, and a disk with cloud-init as it is packaged.
#
# The first argument is the folder for it. Needs root, as mmdebstrap is run here.
set -euo pipefail
folder=$1

missing() {
  echo "machine: $1 is missing; on Debian: apt-get install $2" >&2
  exit 1
}
command -v mmdebstrap >/dev/null || missing mmdebstrap mmdebstrap
command -v mkfs.ext4 >/dev/null || missing mkfs.ext4 e2fsprogs
command -v qemu-system-x86_64 >/dev/null || missing qemu-system-x86_64 qemu-system-x86
[ "$(id -u)" = 0 ] || { echo "machine: building the disk needs root" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=cloud-init,linux-image-cloud-amd64,systemd-sysv,openssh-server,iproute2,curl
packages+=,ca-certificates,ifupdown,isc-dhcp-client,dbus,netbase
mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$work/root.tar"
mkdir "$work/root"
tar -xf "$work/root.tar" -C "$work/root"
rm "$work/root.tar"

mkdir -p "$folder"
cp "$work"/root/boot/vmlinuz-* "$folder/kernel"
cp "$work"/root/boot/initrd.img-* "$folder/initrd"
echo 'LABEL=root / ext4 defaults 0 1' >"$work/root/etc/fstab"
mkfs.ext4 -q -L root -d "$work/root" "$folder/disk" 1600M
touch "$folder/built"
