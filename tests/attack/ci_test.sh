#!/bin/bash
# Runs the jobs that `immure ci` writes as their runners would: by an ordinary user with sudo, by root, and in a
# container with Docker's defaults. The checkout is hostile: it holds a link for each name that a job could write.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

if ! python3 -c 'import yaml' 2>/dev/null; then
  skip TheJobsRun tool 'needs python3-yaml'
  exit 0
fi
chmod 755 .
mkdir -m 1777 tmp
export TMPDIR=$here/tmp
"$immure" keygen host.key >/dev/null
IMMURE_KEY=$(<host.key) IMMURE_PUB=$(<host.pub)
export IMMURE_KEY IMMURE_PUB
cp "$immure" served && chmod 755 served
cp "$root/tests/integration/run_job.py" .
secret=$(grep -v -- '---' host.key | head -n 1 | cut -c 1-24)
"$immure" ci --url "file://$here/served" github sha256sum /in/a.txt >github.yaml
"$immure" ci --url "file://$here/served" gitlab sha256sum /in/a.txt >gitlab.yaml
chmod 644 ./*.yaml

# hostile_checkout DIR USER: makes a hostile checkout in DIR that belongs to USER.
hostile_checkout() {
  rm -rf "$1" victims
  mkdir -p "$1/drop" "$1/collected" victims
  echo words >"$1/drop/a.txt"
  local name
  for name in immure host.key host.pub challenge.json report report.evidence.json junit.xml run.code; do
    echo untouched >"victims/$name"
    ln -s "$here/victims/$name" "$1/$name"
  done
  # The job uploads these names in any case.
  rm "$1/host.key" "$1/report" && mkdir "$1/report" && ln -s report/kept "$1/host.key"
  ((EUID != 0)) || chown -hR "$2" "$1" victims
}

# job NAME HOST USER CODE PATTERN COMMAND...: runs the job in a hostile checkout. The runner starts the job by COMMAND.
job() {
  local name=$1 host=$2 user=$3 wanted=$4 pattern=$5
  shift 5
  hostile_checkout checkout "$user"
  rm -rf artifacts
  mkdir artifacts && chmod 777 artifacts
  expect "$name" "$wanted" "$pattern" env -C checkout "$@" "$here/run_job.py" "$host" "$here/$host.yaml" "$here/artifacts/kept"
  holds "$name/TheKeyIsInNoFile" bash -c '! grep -rqF -- "$0" checkout/ victims artifacts tmp' "$secret"
  holds "$name/NothingOutsideIsWritten" [ "$(sort -u victims/* | tr -d '\0' | head -c 99)" == untouched ]
  holds "$name/NothingForeignIsLeft" [ -z "$(find checkout -user 0 -newer victims ! -uid "$(stat -c %u checkout)")" ]
  chmod -R u+rwX tmp && rm -rf tmp/*
}
kept() {
  holds "$1/TheEvidenceIsKept" "$immure" verify artifacts/kept/report.evidence.json --key host.pub \
    --challenge artifacts/kept/challenge.json --artifacts artifacts/kept/report
  holds "$1/TheResultsAreKept" grep -q 'failures="0"' artifacts/kept/junit.xml
}

for host in github gitlab; do
  job "TheJobRuns/$host" "$host" "$(id -u)" 0 ACCEPTED
  kept "TheJobRuns/$host"
  ((EUID == 0)) || continue
  if ! command -v sudo >/dev/null; then
    skip "TheJobRunsBySudo/$host" tool 'needs sudo'
    continue
  fi
  # An ordinary user with sudo. The sudo rules hold only for this test.
  echo 'nobody ALL=(ALL) NOPASSWD: ALL' >sudoers
  echo 'root ALL=(ALL) ALL' >>sudoers
  chmod 440 sudoers
  # shellcheck disable=SC2016 # words for the inner shell
  job "TheJobRunsBySudo/$host" "$host" 65534 0 ACCEPTED unshare -m bash -c 'mount --bind "$0" /etc/sudoers &&
    exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' "$here/sudoers"
  kept "TheJobRunsBySudo/$host"
done

# Runs the job in a container with Docker's defaults, whose filter forbids a cell, and in a container with the filter
# that the comment at the job's top names. The container has the programs of this host, so the job need not install any.
in_docker() {
  local option=("$@")
  docker run --rm --pull=never --network=none "${option[@]}" -e IMMURE_KEY -e IMMURE_PUB -v /usr:/usr:ro -v /etc:/etc:ro \
    -v "$here/checkout:/builds" -v "$here/artifacts:/artifacts" -v "$here:/here:ro" -w /builds immure-runner \
    /usr/bin/python3 /here/run_job.py gitlab /here/docker.yaml /artifacts/kept
}
if ((EUID == 0)); then
  # shellcheck source=tests/integration/dockerd.bash
  source "$root/tests/integration/dockerd.bash"
  unset TMPDIR
  start_dockerd
  if [[ -e /usr/lib/python3/dist-packages/yaml ]] && command -v docker >/dev/null && docker version >/dev/null 2>&1; then
    mkdir -p runner/{usr,etc,tmp,proc,dev,sys,builds,artifacts,here,root} && chmod 1777 runner/tmp
    for name in bin sbin lib lib64; do ln -s "usr/$name" "runner/$name"; done
    tar -C runner -c . | docker import - immure-runner >/dev/null
    "$immure" ci --url file:///here/served gitlab sha256sum /in/a.txt >docker.yaml
    "$immure" export seccomp >immure.json
    hostile_checkout checkout 0
    rm -rf artifacts && mkdir artifacts
    expect InDockerTheJobSaysWhyNot 3 'BLOCKED: .*filter denies the call, or start it with --security-opt seccomp=FILE' in_docker
    holds InDockerNothingForeignIsKept bash -c '! grep -rq untouched artifacts'
    hostile_checkout checkout 0
    rm -rf artifacts && mkdir artifacts
    expect InDockerWithTheFilterThatItNamesTheJobRuns 0 'ACCEPTED' in_docker --security-opt "seccomp=$here/immure.json"
    kept InDockerWithTheFilterThatItNames
    docker image rm --force immure-runner >/dev/null
  else
    skip InDockerTheJobSaysWhyNot tool "needs docker, a daemon, and Debian's python3-yaml"
  fi
  stop_dockerd
fi
finish
