#!/bin/bash
# Uses `run`, `inspect` and `verify` as a person does: command lines that immure refuses before anything starts, and
# real runs.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

sha=$(command -v sha256sum)
mkdir in && echo 'some text' >in/a && chmod 755 in && chmod 644 in/a
"$immure" keygen host.key >/dev/null
"$immure" keygen other.key >/dev/null
quiet=(--no-evidence)

# blocked NAME PATTERN ARGUMENTS...: the command must be BLOCKED before the start, and must leave no output directory.
blocked() {
  local name=$1 pattern=$2
  shift 2
  rm -rf made
  expect "$name" 3 "immure: BLOCKED: .*$pattern" "$immure" run "$@"
  if [[ -e made ]]; then not_ok "$name/NothingIsLeft" "made is there"; fi
}

# --- Directories
mkdir empty full && touch full/thing 'full file' && ln -s in link && ln -s nowhere dangling && mkdir -p in/sub outer/inner
blocked InputIsMissing 'nothing: does not exist' --in nothing --out made "${quiet[@]}" "$sha" /in/a
blocked InputIsADevice '/dev/null: is neither a regular file nor a directory' --in /dev/null --out made "${quiet[@]}" "$sha" /in/a
blocked InputIsALink 'link: is a symbolic link' --in link --out made "${quiet[@]}" "$sha" /in/a
blocked InputIsALinkWithASlash 'is a symbolic link' --in link/ --out made "${quiet[@]}" "$sha" /in/a
blocked OutputIsNotEmpty 'is not empty: it holds thing' --in in --out full "${quiet[@]}" "$sha" /in/a
blocked OutputIsAFile 'is not a directory' --in in --out 'full file' "${quiet[@]}" "$sha" /in/a
blocked OutputIsALink 'is a symbolic link' --in in --out dangling "${quiet[@]}" "$sha" /in/a
blocked OutputHasNoParent 'cannot be resolved' --in in --out no/such "${quiet[@]}" "$sha" /in/a
blocked OutputInInput 'lies inside the input' --in in --out in/sub "${quiet[@]}" "$sha" /in/a
blocked NewOutputInInput 'lies inside the input' --in in --out in/made "${quiet[@]}" "$sha" /in/a
blocked InputIsTheOutput 'both the input and the output' --in empty --out empty "${quiet[@]}" "$sha" /in/a
blocked InputIsTheOutputByAnotherName 'both the input and the output' --in empty --out ./in/../empty "${quiet[@]}" "$sha" /in/a
blocked InputBelowOutput '(is not empty|lies inside the output)' --in outer/inner --out outer "${quiet[@]}" "$sha" /in/a
if ((EUID != 0)); then
  mkdir closed shut && chmod 0 closed && chmod 555 shut
  blocked InputIsUnreadable 'cannot be read' --in closed --out made "${quiet[@]}" "$sha" /in/a
  blocked OutputIsUnwritable 'cannot be written' --in in --out shut "${quiet[@]}" "$sha" /in/a
fi

# --- Program
blocked ProgramIsNotInPath 'no-such-program: is not found in PATH' --in in --out made "${quiet[@]}" no-such-program
blocked ProgramIsMissing 'nowhere/prog' --in in --out made "${quiet[@]}" ./nowhere/prog
cp "$sha" setid && chmod 4755 setid
blocked ProgramIsSetUserId 'setid.*set-user-ID' --in in --out made "${quiet[@]}" ./setid
cp "$sha" plain && chmod 644 plain
blocked ProgramIsNotExecutable 'plain' --in in --out made "${quiet[@]}" ./plain

# --- Special files in the input are channels to the outside
mkdir special && cp in/a special/ && mkfifo special/fifo
blocked InputHoldsAFifo 'fifo' --in special --out made "${quiet[@]}" "$sha" /in/a
python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind("special/sock")'
rm special/fifo
blocked InputHoldsASocket 'sock' --in special --out made "${quiet[@]}" "$sha" /in/a
expect StageLeavesThemOut 0 'a' "$immure" run --in special --out made --stage "${quiet[@]}" "$sha" /in/a
rm -rf made

# --- Key and evidence
cp host.key open.key && chmod 644 open.key
blocked KeyIsReadableByOthers 'open.key.*(chmod|0600|600)' --in in --out made --key open.key "$sha" /in/a
blocked KeyIsThePublicOne 'host.pub' --in in --out made --key host.pub "$sha" /in/a
blocked KeyIsMissing 'none.key' --in in --out made --key none.key "$sha" /in/a
cp host.key in/host.key && chmod 600 in/host.key
blocked KeyIsInTheInput 'private key lies inside the input' --in in --out made --key in/host.key --evidence e.json "$sha" /in/a
rm in/host.key
blocked EvidenceIsInTheInput 'evidence lies inside the input' --in in --out made --key host.key --evidence in/e.json "$sha" /in/a
blocked EvidenceIsInTheOutput 'evidence lies inside the output' --in in --out empty --key host.key --evidence empty/e "$sha" /in/a
blocked EvidenceHasNoDirectory 'no/such/e.json' --in in --out made --key host.key --evidence no/such/e.json "$sha" /in/a
blocked EvidenceIsALink 'is not a regular file' --in in --out made --key host.key --evidence dangling "$sha" /in/a
blocked EvidenceIsTheKey 'cannot be the evidence too' --in in --out made --key host.key --evidence host.key "$sha" /in/a
expect EvidenceNeedsAKey 64 '--evidence: needs --key' "$immure" run --in in --out made --evidence e.json "$sha" /in/a
expect NoEvidenceContradictsAKey 64 'contradicts' "$immure" run --in in --out made --no-evidence --key host.key "$sha" /in/a
expect NonceNeedsAKey 64 '--nonce: has no effect, because no evidence will be written' "$immure" run --in in --out made --nonce x "$sha" /in/a

# --- Real runs
sum=$(sha256sum <in/a | cut -d' ' -f1)
expect ProgramReadsItsInput 0 "^$sum  /in/a" "$immure" run --in in --out made --key host.key "$sha" /in/a
holds EvidenceIsBesideTheOutput [ -s made.evidence.json ]
holds EmptyOutputDirectoryIsThere [ -d made ]
# A message says what is wrong, why, and what to do.
expect Messages/ResultToStandardOutput 64 '^immure: --result -: would mix .* Name a file, or a descriptor such as fd:3' \
  "$immure" run --in in --out made-m --no-evidence --result - -- "$sha" /in/a
expect Messages/EmptyInput 64 '^immure: --in: is empty or has no path.* Name a directory or a file' \
  "$immure" run --in '' --out made-m --no-evidence -- "$sha" /in/a
expect Messages/ProgramIsADirectory 3 'not a regular file. Name a file, not a directory' \
  "$immure" run --in in --out made-m --no-evidence -- ./in/
expect Messages/KeyIsADirectory 3 'not a regular file. Name a file, not a directory' \
  "$immure" run --in in --out made-m --key in -- "$sha" /in/a
expect Messages/StandardInputIsMissing 3 'nosuch: cannot be read: No such file or directory \(ENOENT\). Check the path' \
  "$immure" run --in in --out made-m --no-evidence --stdin nosuch -- "$sha" /in/a
expect Messages/ProfileInNoDirectory 64 'nosuch/need.toml: cannot be resolved.*Check the path, or make the directory first' \
  "$immure" explain --in in --write nosuch/need.toml -- "$sha" /in/a
expect Messages/EvidenceIsSomethingElse 3 'Give a file that `immure run` wrote as evidence' "$immure" verify in/a --key host.pub
expect Messages/KeyIsSomethingElse 3 'Name a file that `immure keygen` wrote' "$immure" verify in/a --key in/a

# If `verify` cannot read a file, one line says which file, why, and what to do, and `verify` lists no test.
one_line() {
  local name=$1 pattern=$2
  shift 2
  expect "Unread/$name" 3 "^BLOCKED: $pattern\]\$" "$immure" verify "$@"
  holds "Unread/$name/OneLine" [ "$(wc -l <<<"$out$err")" -eq 1 ]
}
"$immure" keygen stranger.key >.stdout
one_line NoEvidence 'nothing.json: not found. Check the path. \[evidence-unreadable' nothing.json --key host.pub
one_line NoKey 'nothing.pub: not found. Check the path. \[key-unusable' made.evidence.json --key nothing.pub
one_line PrivateKey 'host.key: a private key .* Give the .pub file. \[key-unusable' made.evidence.json --key host.key
one_line AnotherKey 'made.evidence.json: .* does not verify .* name the key .* \[signature-invalid' made.evidence.json --key stranger.pub
one_line KeyIsEvidence 'made.evidence.json: is JSON, so it is probably evidence and not a key. Name .* \[key-unusable' host.pub --key made.evidence.json
one_line EvidenceIsAKey 'host.pub: is a key, not evidence. Name .* \[envelope-malformed' host.pub --key host.pub
expect EvidenceIsAccepted 0 ACCEPTED "$immure" verify made.evidence.json --key host.pub --artifacts made
expect AnyTrustedKeyWillDo 0 ACCEPTED "$immure" verify made.evidence.json --key other.pub --key host.pub
expect UnknownKeyIsNotAccepted 3 BLOCKED "$immure" verify made.evidence.json --key other.pub
expect MissingNonceIsNotAccepted 3 BLOCKED "$immure" verify made.evidence.json --key host.pub \
  --nonce AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
sed 's/"payload":"\(....\)./"payload":"\1A/' made.evidence.json >tampered.json
expect TamperedEvidenceIsNotAccepted 3 BLOCKED "$immure" verify tampered.json --key host.pub
"$immure" verify made.evidence.json --key host.pub --json >verdict.json
holds VerdictJsonIsJson is_json <verdict.json
expect NothingSignedIsReported 0 'nothing will be signed' "$immure" run --in in --out made2 "$sha" /in/a
run "$immure" run --in in --out made3 --no-evidence "$sha" /in/a
if ((code == 0)) && [[ -z $err ]]; then ok QuietWhenAllIsWell; else not_ok QuietWhenAllIsWell "code $code" "$err"; fi
run "$immure" run --in in --out made4 --key host.key --json "$sha" /in/a
if is_json <.stdout 2>/dev/null; then ok RunJsonIsTheLastLine; else not_ok RunJsonIsTheLastLine "$out"; fi
run "$immure" run --in in --out made4b --no-evidence --json "$sha" /in/a
holds RunJsonHasNoOutputThatIsNoFile grep -q '"subjects":\[\]' <<<"$out"
expect VerboseNamesTheProgram 0 "program: .*sha256sum" "$immure" run --in in --out made5 --no-evidence -v "$sha" /in/a
expect ProgramsFailureIsPassedOn 1 'No such file' "$immure" run --in in --out made6 --no-evidence "$sha" /in/none
expect DryRunStartsNothing 0 . "$immure" run --in in --out made7 --dry-run "$sha" /in/a
holds DryRunMakesNoOutput [ ! -e made7 ]
run "$immure" run --in in --out made7 --dry-run --json "$sha" /in/a
holds DryRunJsonIsJson is_json < <(printf '%s\n' "$out")

cat >writes.sh <<'END'
#!/bin/sh
echo "$NAME" >/out/report.txt
END
chmod 755 writes.sh
expect OutputComesBack 0 '' "$immure" run --in in --out made8 --key host.key --env NAME=value ./writes.sh
holds OutputIsWhatWasWritten grep -qx value made8/report.txt
expect OutputIsBoundToTheEvidence 0 ACCEPTED "$immure" verify made8.evidence.json --key host.pub --artifacts made8
echo more >>made8/report.txt
expect ChangedOutputIsNotAccepted '[13]' 'report.txt' "$immure" verify made8.evidence.json --key host.pub --artifacts made8
printf '#!/bin/sh\necho before the limit\nwhile :; do :; done\n' >endless.sh && chmod 755 endless.sh
expect TheTimeLimitIsReported 124 'wall-clock' "$immure" run --in in --out made9 --no-evidence --timeout 10s ./endless.sh
# What the program printed before is all there, and no message says otherwise.
same AtTheTimeLimitNothingIsLost/Output 'before the limit' "$out"
same AtTheTimeLimitNothingIsLost/Messages '' "$(grep 'left out' <<<"$err")"
printf '#!/bin/sh\nexit 42\n' >leaves.sh && chmod 755 leaves.sh
expect ExitCodeIsPassedOn 42 '' "$immure" run --in in --out made10 --no-evidence ./leaves.sh
printf '#!/bin/sh\n: >/out/started\nwhile :; do :; done\n' >waits.sh && chmod 755 waits.sh
"$immure" run --in in --out made11 --key host.key ./waits.sh 2>.stderr &
until [[ $(pgrep -P $! | wc -l) -gt 0 ]]; do :; done
kill -TERM $!
wait $!
code=$?
if ((code == 143 || code == 3)); then ok SignalsReachTheProgram; else not_ok SignalsReachTheProgram "code $code" "$(<.stderr)"; fi

# --- What a failed program probably lacked
python=/usr/bin/python3 # the python3 in PATH may be a shim
printf 'print(1)\n' >script.py && cp script.py in/script.py && chmod 644 in/script.py
expect AFileOfTheHostIsPointedOut 1 'hint: script.py is a file of this host, and the cell does not have it. Put the file into in and name it /in/script.py\.' \
  "$immure" run --in in --out hint1 --no-evidence -- /bin/cat script.py
expect AFileOfTheInputGetsItsNameInTheCell 1 'hint: .*/in/script.py lies in the input. In the cell its name is /in/script.py\.' \
  "$immure" run --in in --out hint2 --no-evidence -- /bin/cat "$here/in/script.py"
run "$immure" run --in in --out hint3 --no-evidence -- "$python" /in/script.py
if ((code == 0)) && [[ $err != *hint:* ]]; then ok ASuccessGetsNoHint; else not_ok ASuccessGetsNoHint "code $code" "$err"; fi
expect AShellWithoutProgramsIsExplained 127 'hint: a shell in the cell can start no programs but those that --exec names' \
  "$immure" run --in in --out hint4 --no-evidence -- sh -c 'cat /in/a'
mkdir -p .pyenv/shims .pyenv/versions/3.11.2/bin && cp "$(readlink -f "$(command -v sha256sum)")" .pyenv/versions/3.11.2/bin/sha256sum
# shellcheck disable=SC2016 # the words of a shim
printf '#!/usr/bin/env bash\nprogram="${0##*/}"\nexec "%s" exec "$program" "$@"\n' "$here/.pyenv/libexec/pyenv" >.pyenv/shims/sha256sum
chmod 755 .pyenv/shims/sha256sum
expect AShimIsReplaced 0 'note: .*/shims/sha256sum is a shim, so immure starts the program behind it: .*/.pyenv/versions/3.11.2/bin/sha256sum$' \
  env -u PYENV_VERSION PATH="$here/.pyenv/shims:$PATH" "$immure" run --in in --out hint5 --no-evidence --dry-run -- sha256sum /in/a
expect AHintExplainsAShim 0 'hint: .*/shims/sha256sum is a shim of pyenv: .* by its path: .*/.pyenv/versions/3.11.2/bin/sha256sum\.$' \
  env PYENV_VERSION=3.11.2 PATH="$here/.pyenv/shims:$PATH" "$immure" run --in in --out hint5 --no-evidence --dry-run -- sha256sum /in/a

# --- Small process numbers, which processes of the cell have too, as in a container
if ((EUID == 0)) && unshare -pf --mount-proc true 2>/dev/null; then
  # shellcheck disable=SC2016 # words of the shell that is started
  for before in 0 1 2; do
    expect "ARunWorksWithSmallProcessNumbers/$before" 0 '' unshare -pf --mount-proc bash -c \
      'for ((i = 0; i < $1; i++)); do /bin/true; done; "${@:2}"; exit' - $before \
      "$immure" run --in in --out "small$before" --no-evidence -- true
  done
  expect ARunWorksWithSmallProcessNumbers/doctor 0 '^native: holds' unshare -pf --mount-proc bash -c '"$@"; exit' - "$immure" doctor
  # shellcheck disable=SC2016
  expect KillingTheLeaderEndsTheRun 0 '^gone$' unshare -pf --mount-proc bash -c '
    "$@" & until pgrep -f "^/bin/sh /app/waits.sh" >/dev/null || ! kill -0 $!; do :; done
    kill -9 $!
    for ((i = 0; i < 200; i++)); do pgrep -f "^[^ ]*immure run|^/bin/sh /app/waits" >/dev/null || { echo gone; exit; }; sleep 0.02; done
    pgrep -af "^[^ ]*immure run|^/bin/sh /app/waits"; exit 1' - "$immure" run --in in --out small --no-evidence ./waits.sh
else
  skip ARunWorksWithSmallProcessNumbers tool 'needs root and unshare(1)'
fi

# --- The inspector
if [[ -x $bin/immure-inspect ]]; then
  expect InspectorRuns '[012]' . "$immure" inspect in -o report --key host.key
  holds InspectorReports [ -s report/report.json ]
  expect InspectionIsAccepted 0 ACCEPTED "$immure" verify report.evidence.json --key host.pub --artifacts report
else
  skip InspectorRuns tool 'needs immure-inspect'
fi
finish
