#!/usr/bin/env bash
# PID 1 of a systemd box (systemd_box.py). Argument: a control group of its own, made in the unified hierarchy.
# All that it and its services write lands in a tmpfs, /run/box/upper: what is below is this machine, never written to.
set -euo pipefail

if [ "${2-}" != inside ]; then
  echo 0 >"$1/cgroup.procs"
  exec unshare --cgroup bash "$0" "$1" inside # the group is now the root of all that systemd sees
fi

# Disks of their own: where a service writes, or a test, as / itself; the others read-only.
mapfile -t others < <(findmnt --raw --noheadings --real --output TARGET | grep -vx /)
mount -t tmpfs tmpfs /run
over() { # PLACE NAME: the place of this machine below /run/root, what is written to it below /run/NAME
  mkdir "/run/$2" "/run/$2.work"
  (cd "$1" && mount -t overlay overlay -o "lowerdir=.,upperdir=/run/$2,workdir=/run/$2.work" "/run/root$1")
}
mkdir /run/root
over / upper
cd /run/root
for place in "${others[@]}"; do
  place=$(printf %b "$place") # findmnt writes a space as \x20
  case $place in
    /dev* | /proc* | /sys* | /run*) ;;
    /tmp | /var | /var/tmp | /home | /root) over "$place" "upper${place//\//-}" ;;
    *) mount --bind -o ro "$place" ".$place" ;;
  esac
done

mount -t proc proc proc
mount --bind -o ro proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mkdir run/lock run/box
mount --bind /run run/box
mount -t tmpfs tmpfs etc/systemd/system
mount -t tmpfs tmpfs dev # no sound devices, and nothing appears in the machine's own /dev
mkdir dev/shm dev/pts
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"; done

# Stubs, so that nothing starts but what a test asks for; the journal is systemd's own.
units=run/box/units
mkdir $units $units/systemd-journald.service.d
for target in basic default multi-user sysinit sound shutdown sockets paths timers slices local-fs network; do
  printf '[Unit]\nDefaultDependencies=no\nDescription=%s\n' $target >$units/$target.target
done
cp lib/systemd/system/systemd-journald.{service,socket} $units
printf '[Service]\nSockets=\nSockets=systemd-journald.socket\n' >$units/systemd-journald.service.d/box.conf
printf '[Unit]\nWants=systemd-journald.service\n' >>$units/multi-user.target

ip link set lo up
pivot_root . .
umount -l .
mount --make-rshared / # credentials are mounted in another namespace and seen here
exec env -i PATH="$PATH" container=edge-agent-test SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/box/units \
  /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no
