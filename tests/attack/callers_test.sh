#!/usr/bin/env bash
# The caller gives immure a umask that takes away the owner's rights or leaves others theirs, files that the caller may
# not read, or a limit of no open files. Usage: callers_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir -p drops/one drops/two && echo text | tee drops/one/a.txt >drops/two/a.txt
"$immure" keygen host.key >/dev/null
task=(--no-evidence -- /bin/cp /in/a.txt /out/a)

# open_to FILES...: the files and directories that others may write, or that their owner may not use.
open_to() { find "$@" ! -type l \( -perm /022 -o ! -perm -600 -o -type d ! -perm -700 \) -printf '%m %p\n'; }

umasks() {
  local umask
  for umask in 0777 0177 0377 0277 0; do
    rm -rf place && mkdir place
    (cd place && umask "$umask" &&
      IMMURE_CACHE=$PWD/home/cache "$immure" run --in ../drops/one --out out --stdout printed --result result.json "${task[@]}" &&
      IMMURE_CACHE=$PWD/home/cache "$immure" batch --in ../drops --out many "${task[@]}" &&
      IMMURE_CACHE=$PWD/home/cache "$immure" pack -o packed /bin/true) >said 2>&1
    same "Umask$umask/Runs" 0 $?
    same "Umask$umask/OnlyTheOwnerWrites" '' "$(open_to place/out place/many place/printed place/result.json)"
    same "Umask$umask/TheCacheIsUsable" '' "$(open_to place/home place/home/cache place/home/cache/images -maxdepth 0)"
    holds "Umask$umask/ThereAreOutputs" cmp drops/two/a.txt place/many/two/a
    chmod -R u+rwX place
  done
  export IMMURE_CACHE=$here/cache
  if [ -x "$bin/immure-inspect" ]; then
    (umask 0 && "$immure" inspect drops/one --output report --no-evidence) >said 2>&1
    same OfAnInspectionOnlyTheOwnerWrites '' "$(open_to report)"
  fi
}

unreadable() {
  export IMMURE_CACHE=$here/cache
  if [ "$(id -u)" -eq 0 ]; then return; fi
  local file
  for file in hidden.key hidden.json; do cp host.key $file && chmod 000 $file; done
  rm -rf out many
  local why='cannot be opened: Permission denied \(EACCES\)'
  expect AnUnreadableKeyBlocksARun 3 "BLOCKED: hidden.key: $why" "$immure" run --in drops/one --out out --key hidden.key -- /bin/true
  expect AnUnreadableKeyBlocksABatch 3 "BLOCKED: hidden.key: $why" \
    "$immure" batch --in drops --out many --key hidden.key -- /bin/true
  [ ! -x "$bin/immure-inspect" ] ||
    expect AnUnreadableKeyBlocksAnInspection 3 "$why" "$immure" inspect drops/one --output report2 --key hidden.key
  expect AnUnreadableProfileBlocksARun 3 "$why" "$immure" run --profile ./hidden.json --in drops/one --out out "${task[@]}"
  expect AnUnreadableChallengeBlocksARun 3 "$why" \
    "$immure" run --in drops/one --out out --key host.key --challenge hidden.json -- /bin/true
  expect UnreadableStandardInputBlocksARun 3 'hidden.json: cannot be read: Permission' \
    "$immure" run --in drops/one --out out --stdin hidden.json "${task[@]}"
  expect DiffOfAnUnreadableFileIsTheCallersFault 64 "$why" "$immure" diff hidden.json hidden.json
  expect ShowOfAnUnreadableFileIsTheCallersFault 64 "$why" "$immure" show hidden.json
  expect VerifyByAnUnreadableKeyIsBlocked 3 "$why" "$immure" verify hidden.json --key hidden.key
  mkdir -p closed && chmod 500 closed
  local place='cannot be written in .*/closed: Permission denied'
  expect AKeyWithoutAPlaceIsTheCallersFault 64 "$place" "$immure" keygen closed/x.key
  expect AChallengeWithoutAPlaceIsTheCallersFault 64 "$place" "$immure" challenge --audience a -o closed/x
  expect ACacheWithoutAPlaceIsTheCallersFault 64 'cannot be made: Permission denied' \
    env IMMURE_CACHE="$here/closed/cache" "$immure" image ls
  chmod 600 hidden.*
  chmod 700 closed
}

messages() {
  export IMMURE_CACHE=$here/cache
  rm -rf out printed
  (ulimit -n 0 && exec "$immure" run --in drops/one --out out "${task[@]}") >said 2>&1
  same AtALimitOfNoFilesItIsBlocked 3 $?
  holds AtALimitOfNoFilesItSaysWhy grep -q '^immure: .*EMFILE' said
  "$immure" run --in drops/one --out out --key host.key -- /bin/true >/dev/null 2>&1
  mkdir -p state.lock && rm -f challenge.json
  "$immure" challenge --audience a -o challenge.json >/dev/null
  expect NoDoubledFullStop 3 '\(EISDIR\)\. \[state-unusable\]' \
    "$immure" verify out.evidence.json --key host.pub --challenge challenge.json --state state
  echo '{}' >one.json
  run "$immure" diff one.json one.json
  holds DiffHasNoDoubledFullStop [ "${err/../}" = "$err" ]
  rm -rf out && echo old >printed && chmod 600 printed
  expect StandardOutputIsReplaced 0 '' "$immure" run --in drops/one --out out --stdout printed --replace --no-evidence -- /bin/cat /in/a.txt
  same AReplacedFileKeepsItsMode '600 text' "$(stat -c %a printed) $(<printed)"
}
everybody umasks unreadable messages
