# Provides docker for a test: the installed docker, or the docker that script/setup has unpacked.
# shellcheck shell=bash disable=SC2154 # variables of the harness
# Starts a daemon for this test if no daemon answers. The daemon uses nothing of the host, and the test ends it by its
# process number.
command -v dockerd >/dev/null || PATH=$PATH:$root/build/docker/usr/bin:$root/build/docker/usr/sbin
dockerd=
start_dockerd() {
  if ((EUID != 0)) || ! command -v dockerd >/dev/null || docker version >/dev/null 2>&1; then return; fi
  mkdir -m 711 dockerd
  export DOCKER_HOST=unix://$here/dockerd/socket
  TMPDIR=$here/dockerd dockerd --storage-driver vfs --iptables=false --bridge=none --data-root "$here/dockerd/data" \
    --exec-root "$here/dockerd/exec" --pidfile "$here/dockerd/pid" -H "$DOCKER_HOST" >dockerd.log 2>&1 &
  dockerd=$!
  at_exit+=(stop_dockerd)
  for _ in {1..100}; do
    docker version >/dev/null 2>&1 && return
    sleep 0.1
  done
  stop_dockerd
}
stop_dockerd() {
  [[ -n $dockerd ]] || return 0
  kill "$dockerd" && wait "$dockerd"
  dockerd=
  unset DOCKER_HOST
  # The daemon keeps its network namespace mounted.
  awk -v at="$here/dockerd/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount
}
