#!/bin/bash
# Tests what an operator gets before a run: the packet, an OCI bundle that really runs, a Kubernetes Job and CI jobs
# that another program reads. Also tests that immure refuses to touch containers in production.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export TMPDIR=$here/tmp IMMURE_CACHE=$here/cache
mkdir tmp drop
chmod 755 . tmp
echo 'some text' >drop/a.txt
sum=$(sha256sum <drop/a.txt | cut -d' ' -f1)
"$immure" keygen host.key >/dev/null

# Lists everything that could be changed: mounts, files here, containers, images, and processes that were started here.
state() {
  cat /proc/self/mountinfo
  find . -not -path './.std*' -not -path './packet.*' | sort
  find /var/lib/containers/storage/*-{containers,images} -mindepth 1 -maxdepth 1 2>/dev/null | sort
  grep -lzs "^TMPDIR=$here/tmp" /proc/[0-9]*/environ | xargs -r -n 1 dirname | while read -r process; do
    cat "$process/comm" 2>/dev/null
  done | grep -vxE 'bash|grep|xargs|dirname|cat|sort|find'
}
yaml() { python3 -c "import sys, yaml; documents = list(yaml.safe_load_all(open('$1'))); $2"; }

# The packet.
before=$(state)
expect APacketIsWritten 0 '^# Operator' "$immure" packet --in drop --out report -- sha256sum /in/a.txt
cp .stdout packet.md
expect ARuntimeCanBeNamed 0 '^podman --runtime crun:$' "$immure" packet --runtime crun -- sha256sum /in/a.txt
holds TheOtherRuntimeIsLeftOut bash -c '! grep -q -- "--runtime runc:" <<<"$0"' "$out"
expect APacketIsWrittenAsAPage 0 '^<!DOCTYPE html>' "$immure" packet --format html --in '<b>drop</b>' -- sha256sum /in/a.txt
cp .stdout packet.html
holds APacketChangesNothing [ "$(state)" == "$before" ]
for what in 'immure run --venue native --in drop --out report --key host.key --challenge challenge.json -- sha256sum /in/a.txt' \
  'podman run --rm --name=immure-RANDOM .*--network=none --read-only --cap-drop=ALL' 'bwrap --unshare-all' \
  'crun --root /tmp/immure-RUN/state run --bundle' '24 no network' 'tell the owner that this machine' \
  'immure verify report.evidence.json --key host.pub'; do
  holds "ThePacketNames/$what" grep -qE -- "$what" packet.md
done
holds NoNameBecomesMarkup bash -c '! grep -q "<b>" packet.html && grep -q "&lt;b&gt;drop" packet.html'

# Tests the filter that `immure export` prints, and the jobs.
expect TheFilterIsJson 0 '"kexec_load"' "$immure" export seccomp
holds TheFilterIsDockers bash -c "'$immure' export seccomp | python3 -c 'import json,sys; json.load(sys.stdin)[\"syscalls\"]'"
"$immure" export --runtime-class kata kubernetes sha256sum /in/a.txt >job.yaml
# A kubelet or a CI runner that reads the job must not replace text that looks like one of its variables or expressions.
expect TheKubeletGetsEachDollarTwice 0 'A=\$\$\(B\).*"echo \$\$\$\$ \$\$\(HOME\)"' \
  "$immure" export --env 'A=$(B)' kubernetes sh -c 'echo $$ $(HOME)'
expect NoExpressionOfGitHubGetsIntoAJob 64 'GitHub would replace' "$immure" ci --url file:///nowhere/immure github echo \
  '${{ secrets.KEY }}'
"$immure" ci --url file:///nowhere/immure github sha256sum /in/a.txt >github.yaml
"$immure" ci --url "file://$immure" gitlab sha256sum /in/a.txt >gitlab.yaml
if python3 -c 'import yaml' 2>/dev/null; then
  holds TheJobIsRestricted yaml job.yaml '
space, policy, job = documents
assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
pod = job["spec"]["template"]["spec"]
assert pod["automountServiceAccountToken"] is False and pod["runtimeClassName"] == "kata"
assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
assert pod["securityContext"]["seccompProfile"] == {"type": "Localhost", "localhostProfile": "immure.json"}
assert not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC"))
(container,) = pod["containers"]
context = container["securityContext"]
assert context["allowPrivilegeEscalation"] is False and context["readOnlyRootFilesystem"] is True
assert context["capabilities"] == {"drop": ["ALL"]}
assert container["args"][-2:] == ["/usr/bin/sha256sum", "/in/a.txt"], container["args"]
assert all("hostPath" not in volume for volume in pod["volumes"])'
  holds TheGithubJobIsYaml yaml github.yaml '
(job,) = documents
steps = job["jobs"]["immure"]["steps"]
assert any("--venue auto" in step.get("run", "") for step in steps)
place = "${{env.IMMURE_WORK}}/"
assert steps[-1]["with"]["path"].replace(" ", "").split() == [
    place + name for name in ("report/", "report.evidence.json", "challenge.json", "junit.xml")]'
  # Run the job itself as its runner would do, without a container engine.
  mkdir runner few
  cp -r drop runner/
  for program in bash cat chmod chown cp curl id mktemp rm sed sha256sum; do ln -s "$(type -P $program)" few/; done
  yaml gitlab.yaml 'print("set -e\n" + "\n".join(documents[0]["immure"]["script"]))' >runner/job.sh
  IMMURE_KEY=$(<host.key) IMMURE_PUB=$(<host.pub)
  export IMMURE_KEY IMMURE_PUB
  expect TheGitlabJobRuns 0 'ACCEPTED' env PATH="$here/few" bash -c 'cd runner && bash job.sh'
  holds TheJobLeavesItsEvidence bash -c 'cd runner && grep -q "failures=\"0\"" junit.xml && [ -s report.evidence.json ] && [ ! -e host.key ]'
  unset IMMURE_KEY IMMURE_PUB
else
  skip TheJobIsRestricted tool 'needs python3-yaml'
fi

# Tests a bundle without a job.
expect ABundleIsMade 0 'runc run --bundle' "$immure" export oci bundle sha256sum /in/a.txt
expect ABundleReplacesNothing 64 'cannot be made.*not there yet' "$immure" export oci bundle sha256sum /in/a.txt
holds TheBundlesConfigurationIsJson python3 -c 'import json; json.load(open("bundle/config.json"))'
if command -v runc >/dev/null && ((EUID == 0)); then
  cp drop/a.txt bundle/in/
  cp host.key bundle/key/
  # Make the key as an orchestrator hands out a secret: it belongs to root, and only the group may read it.
  chown 0:65534 bundle/key/host.key && chmod 440 bundle/key/host.key
  expect ABundleRuns 0 "$sum  /in/a.txt" runc --root "$here/state" run --bundle bundle immure-test
  expect ItsEvidenceIsAccepted 0 '^ACCEPTED' "$immure" verify bundle/report/out.evidence.json --key host.pub

  chmod 444 bundle/key/host.key && rm -r bundle/report/*
  expect NobodyElseMayReadTheKey '.*' 'a private key that others can read' runc --root "$here/state" run --bundle bundle immure-test

  # Start a container "in production", with a volume.
  mkdir -p production data/volume/deep
  "$immure" pack /usr/bin/tail -o production/image >/dev/null
  python3 - <<'END'
import json, os
config = json.load(open("bundle/config.json"))
config["process"]["args"] = ["/usr/bin/tail", "-f", "/in/log"]
config["process"]["user"] = {"uid": 0, "gid": 0}
config["root"]["path"] = "image"
config["mounts"] = [m for m in config["mounts"] if m["type"] != "bind" and m["destination"] == "/proc"]
config["mounts"].append({"destination": "/in", "type": "bind", "source": os.path.abspath("data/volume"), "options": ["rbind", "rw"]})
config["root"]["readonly"] = True
del config["linux"]["seccomp"]
json.dump(config, open("production/config.json", "w"))
END
  mkdir -p production/image/proc
  : >data/volume/log
  database=production-$$
  runc run --detach --bundle production "$database" >/dev/null 2>production/error </dev/null
  holds ProductionRuns grep -q '"running"' <(runc state "$database")
  expect AVolumeOfProductionIsNoInput 3 'volume/deep: the input is shared with the running container production-' \
    "$immure" run --no-evidence --in data/volume/deep --out out -- true
  expect ADirectoryThatHoldsAVolumeIsNoInput 3 'the input is shared with the running container' \
    "$immure" run --no-evidence --in data --out out -- true
  expect ADirectoryOfProductionIsNoOutput 3 'the output is shared with the running container' \
    "$immure" run --no-evidence --in drop --out data/volume/out -- true
  expect BesideProductionARunIsAccepted 0 "$sum" "$immure" run --in drop --out beside --key host.key -- sha256sum /in/a.txt
  expect EvidenceOfARunBesideProductionIsAccepted 0 '^ACCEPTED' "$immure" verify beside.evidence.json --key host.pub
  holds TheContainerIsInTheEvidence bash -c "sed 's/.*\"payload\":\"\([^\"]*\)\".*/\1/' beside.evidence.json | base64 -d |
    python3 -c 'import json,sys; c = [c for c in json.load(sys.stdin)[\"predicate\"][\"neighbours\"][\"containers\"] if c[\"id\"] == \"$database\"]; assert c[0][\"mounts\"] > 0 and c[0][\"namespaces\"][\"net\"] > 0'"
  # A container that has the name of a cell does not count as a cell.
  mkfifo production/image/enter
  cp production/image/usr/bin/tail production/image/immure
  sed -i 's|\["/usr/bin/tail", "-f", "/in/log"\]|["/immure", "enter"]|' production/config.json
  runc run --detach --bundle production "$database-2" >/dev/null 2>production/error </dev/null
  runc delete --force "$database"
  expect ANameMakesNoCell 3 'the input is shared with the running container production-' \
    "$immure" run --no-evidence --in data/volume/deep --out out -- true
  database=$database-2
  holds ProductionStillRuns grep -q '"running"' <(runc state "$database")
  runc delete --force "$database"
else
  skip ABundleRuns tool 'needs root and runc'
fi
# This caller may not read an engine's state files. Then immure finds the engine's containers through /proc, and the
# evidence says so.
if ((EUID != 0)); then
  mkdir -p "$XDG_RUNTIME_DIR/runc/hidden"
  (umask 777 && echo '{}' >"$XDG_RUNTIME_DIR/runc/hidden/state.json")
  expect AHiddenStateIsNoHindrance 0 '' "$immure" run --in drop --out hidden --key host.key -- true
  holds AndIsInTheEvidence bash -c "sed 's/.*\"payload\":\"\([^\"]*\)\".*/\1/' hidden.evidence.json | base64 -d |
    grep -q '$XDG_RUNTIME_DIR/runc: may not be read.*/proc/\*/cgroup: 0 more running'"
  rm -r "$XDG_RUNTIME_DIR/runc"
fi
mkdir -p home/.local/share/containers/storage/volumes/x
expect AnEnginesStorageIsNoInput 3 'lies in the storage of a container engine' \
  "$immure" run --no-evidence --in home/.local/share/containers/storage/volumes/x --out out -- true
finish
