#!/usr/bin/env bash
# Files of the user lie in the directory of the image cache, or a command is to write there: immure removes only what it
# has made itself, and writes no result there. Usage: cache_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir -p drop drops/one && echo text >drop/a.txt
"$immure" keygen host.key >/dev/null
images=$here/cache/images
key=$(printf 'a%.0s' {1..64})
export IMMURE_CACHE=$here/cache
free=(--in drop --no-evidence -- /bin/cat /in/a.txt)

# refused NAME PATTERN COMMAND...: the command must be refused, and the marker of the cache must stay.
refused() {
  expect "$1" '3|64' "$2" "${@:3}"
  holds "$1/MarkerStays" [ ! -s "$images/.immure-cache" ]
  same "$1/NothingIsThere" 'thesis.txt' "$(ls -A "$images/$key")"
}

files_of_the_user() {
  rm -rf out
  expect ItRuns 0 '^text$' "$immure" run --out out "${free[@]}"
  mkdir -p "$images/$key/sub" && echo precious >"$images/$key/thesis.txt" && rmdir "$images/$key/sub"
  rm -rf out
  # Another program needs another image.
  expect ItPacks 0 '^text$' "$immure" run --in drop --out out --no-evidence --closure elf -- /usr/bin/head /in/a.txt
  holds ARunThatPacksRemovesNoForeignFile [ -s "$images/$key/thesis.txt" ]
  expect PruneRemovesTheImages 0 ' images? removed' "$immure" image prune --all
  holds PruneRemovesNoForeignFile [ -s "$images/$key/thesis.txt" ]
  same PruneForgetsDigestsAndPackages '' \
    "$(find "$images" -mindepth 1 -maxdepth 1 ! -name '.*' ! -name "$key" -printf '%f\n')"
}

places() {
  rm -rf out && "$immure" run --out out "${free[@]}" >/dev/null 2>&1
  local within='lies inside immure.s image cache'
  refused OutputInTheCacheIsRefused "$within" "$immure" run --out "$images/$key/out" "${free[@]}"
  mkdir "$images/empty"
  refused EmptyOutputInTheCacheIsRefused "$within" "$immure" run --out "$images/empty" "${free[@]}"
  rmdir "$images/empty"
  rm -rf out
  refused EvidenceInTheCacheIsRefused "$within" "$immure" run --in drop --out out --key host.key \
    --evidence "$images/.immure-cache" --replace -- /bin/cat /in/a.txt
  refused StandardOutputInTheCacheIsRefused "$within" "$immure" run --out out --stdout "$images/$key/x" "${free[@]}"
  refused ResultInTheCacheIsRefused "$within" "$immure" run --out out --result "$images/$key/x" "${free[@]}"
  refused BatchInTheCacheIsRefused "$within" "$immure" batch --in drops --out "$images/$key/x" --no-evidence -- /bin/true
  refused KeyInTheCacheIsRefused "$within" "$immure" keygen "$images/$key/x"
  refused ChallengeInTheCacheIsRefused "$within" "$immure" challenge --audience a -o "$images/$key/x"
  refused PackInTheCacheIsRefused "$within" "$immure" pack -o "$images/$key/x" /bin/cat
  rm -rf out
  expect BesideTheImagesItRuns 0 '^text$' "$immure" run --out out "${free[@]}"
}

markers() {
  rm -rf out "$images/.immure-cache" && mkfifo "$images/.immure-cache"
  limit=60 expect AFifoAsMarkerIsRefused 64 'immure-cache: is not the file by which immure knows' "$immure" image prune
  limit=60 expect AFifoAsMarkerBlocksARun 3 'immure-cache: is not the file by which immure knows' \
    "$immure" run --out out "${free[@]}"
  rm "$images/.immure-cache"
}

# A run that has no descriptor left, or that is killed, leaves no half-built image.
half_built() {
  local files blocked=0 left=0
  mkdir -p root/bin root/in root/out root/data/deep
  cp "$immure" root/bin/prog && echo text >root/data/deep/file
  for files in $(seq 10 40); do
    rm -rf out e.json && mkdir out && chmod -R u+rwX fresh 2>/dev/null
    rm -rf fresh
    (
      ulimit -n "$files"
      IMMURE_CACHE=$here/fresh "$immure" run --venue native --no-observer --in drop --out out --key host.key \
        --evidence e.json --profile dynamic --rootfs root -- /bin/prog version
    ) >/dev/null 2>&1 || blocked=$((blocked + 1))
    [ -z "$(ls -Ad fresh/images/.building-* 2>/dev/null)" ] || left=$((left + 1))
  done
  holds SomeRunsLackDescriptors [ "$blocked" -ge 5 ]
  same WithoutDescriptorsNoImageIsLeft 0 $left
  chmod -R u+rwX fresh
  rm -rf fresh out root
}
everybody files_of_the_user places markers half_built
