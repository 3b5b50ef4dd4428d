#!/bin/bash
# Tests the configuration files: what they set, what overrides them, who reads them, and which files immure refuses.
# usage: config_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache XDG_CONFIG_HOME=$here/config
limit=120
config=$XDG_CONFIG_HOME/immure/config.toml

both() {
  mkdir -p drop "${config%/*}"
  echo text >drop/a
  "$immure" keygen "${config%/*}/host.key" >/dev/null
  local run=("$immure" run --in drop)

  printf 'key = "host.key"\nvenue = "native"\nprofile = "python"\naudit = "%s/log.json"\n' "$here" >"$config"
  expect Sets/Run 0 '' "${run[@]}" --out o1 -- cat /in/a
  expect Sets/TheKey 0 '^ACCEPTED' "$immure" verify o1.evidence.json --key "${config%/*}/host.pub"
  holds Sets/TheAudit grep -q '"immure.profile":"python"' log.json
  expect Sets/ToldWithVerbose 0 "^immure: $config:2:venue sets --venue native" "${run[@]}" --out o2 --verbose -- cat /in/a
  expect Sets/ThePlanSaysWhere 0 "$config:3:profile asks for it" "${run[@]}" --out o3 --dry-run -- cat /in/a
  expect Overrides/NoEvidence 0 '' "${run[@]}" --out o4 --no-evidence -- cat /in/a
  holds Overrides/NothingIsSigned [ ! -e o4.evidence.json ]
  expect Overrides/Profile 0 '"name":"dynamic"' "${run[@]}" --out o5 --profile dynamic --dry-run --json -- cat /in/a
  expect Overrides/NoConfig 0 'nothing will be signed' "${run[@]}" --out o6 --no-config -- cat /in/a
  expect Explain/TakesTheProfile 0 '' "$immure" explain --in drop -- cat /in/a
  same Explain/SaysNothingOfTheKey '' "$(grep 'does not use' <<<"$err")"

  printf '[[need]]\nprograms = ["mine"]\nread_back = true\nbecause = "reads its output again"\n' >needs.toml
  printf 'catalogue = "%s/needs.toml"\n' "$here" >"$config"
  printf '#!/bin/sh\necho mine\n' | make_script mine
  expect Catalogue/GivesAnOption 0 'note: mine reads its output again; so it gets --read-back' "${run[@]}" --out c1 --no-evidence -- ./mine
  expect Catalogue/TwinWithout 0 '' "${run[@]}" --out c2 --no-evidence --no-config -- ./mine
  same Catalogue/TwinGetsNothing '' "$(grep 'so it gets' <<<"$err")"
  echo 'key = 7' >"$config"
  expect Refuses/Value 64 "$config:1:key" "${run[@]}" --out o7 -- cat /in/a
  expect Refuses/TwinWithoutConfig 0 '' "${run[@]}" --out o7 --no-evidence --no-config -- cat /in/a
  expect NotReadBy/Verify 0 '^ACCEPTED' "$immure" verify o1.evidence.json --key "${config%/*}/host.pub"
  expect NotReadBy/Show 0 '' "$immure" show o1.evidence.json
  : >"$config"
  chmod 666 "$config"
  expect Refuses/WritableByOthers 64 "$config: can be written by" "${run[@]}" --out o8 -- cat /in/a
  chmod 644 "$config"
  expect Refuses/TwinThatOthersOnlyRead 0 '' "${run[@]}" --out o8 -- cat /in/a
  if [ "$(id -u)" -eq 0 ]; then
    chown "$ordinary" "$config"
    expect Refuses/ForeignOwner 64 "$config: belongs to user $ordinary" "${run[@]}" --out o9 -- cat /in/a
    chown 0 "$config"
  fi
}

# The file of the host, below an /etc of the test's own.
host_file() {
  if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
    skip HostFile root 'needs a mount namespace'
    return
  fi
  cp -a /etc etc
  mkdir -p etc/immure
  printf 'venue = "oci"\nruntime = "crun"\nprofile = "python"\n' >etc/immure/config.toml
  printf 'venue = "native"\n' >"$config"
  in_host() { unshare -m sh -c 'mount --bind etc /etc && exec "$@"' - "$@"; }
  expect HostFile/IsRead 0 '^immure: /etc/immure/config.toml:3:profile sets --profile python' in_host "$immure" run --in drop --out h1 --verbose -- cat /in/a
  holds HostFile/OwnFileOverrides grep -q 'config.toml:1:venue sets --venue native' <<<"$err"
  same HostFile/WhatBelongsTogetherComesFromOneFile '' "$(grep 'sets --runtime' <<<"$err")"
  chown "$ordinary" etc/immure/config.toml
  expect HostFile/MustBelongToRoot 64 '/etc/immure/config.toml: belongs to user' in_host "$immure" run --in drop --out h2 -- cat /in/a
}

both_with_host() {
  both
  limit='' host_file
}
everybody both_with_host
