#!/bin/bash
# Tests what a relying party can expect of a run: its input, its program, the arguments, the exit code.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir -p in/sub && echo text >in/a && echo more >in/sub/b && ln -s a in/link
"$immure" keygen host.key >.stdout
if ! "$immure" run --in in --out out --key host.key -- cat /in/a '/in/sub/b' >.stdout 2>.stderr; then
  skip Expectations cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
verify=("$immure" verify out.evidence.json --key host.pub)
manifest() { jq -r .payload "$1" | base64 -d | jq -r .predicate.input.manifestSha256; }
program=$(jq -r .payload out.evidence.json | base64 -d | jq -r .predicate.program.name)

# --- The input, by the digest of its manifest
holds ManifestIsThatOfTheEvidence [ "$("$immure" manifest in)" = "$(manifest out.evidence.json)" ]
holds ManifestAsJson [ "$("$immure" manifest in --json | jq -r .manifestSha256)" = "$(manifest out.evidence.json)" ]
holds ManifestIsThatOfACopy [ "$(cp -a in copied && "$immure" manifest copied)" = "$(manifest out.evidence.json)" ]
expect ManifestOfNothing 64 'does not exist' "$immure" manifest nowhere
expect TheSameInputIsAccepted 0 '^input +same as at hand: ' "${verify[@]}" --input in
"${verify[@]}" >.text
holds WithoutAnInputNobodyCompared eval '! grep -q "same as at hand" .text'
expect NotComparedIsNotProved 0 'That your copy of the input is what the program read' "${verify[@]}" -v
echo changed >in/a
expect AChangedFileIsAnotherInput 1 '^\[input-unexpected\]|\[input-unexpected\]$' "${verify[@]}" --input in
holds AnotherManifest [ "$("$immure" manifest in)" != "$(manifest out.evidence.json)" ]
expect InJson 1 '"code":"input-unexpected"' "${verify[@]}" --input in --json
echo text >in/a
expect TheOldContentsAreTheSameInput 0 '^ACCEPTED' "${verify[@]}" --input in
chmod 600 in/a
expect AnotherModeIsAnotherInput 1 'input-unexpected' "${verify[@]}" --input in
chmod 644 in/a
expect AnInputThatIsNotThereIsBlocked 3 'input-unreadable' "${verify[@]}" --input nowhere
expect SeveralFilesHaveNoInput 64 'is about one run' "${verify[@]}" out.evidence.json --input in

# A copied input: of several parts, of one file, and without its FIFO.
echo one >one.txt && echo two >two.txt
if "$immure" run --in one.txt --in x=two.txt --in in --out parts --key host.key -- cat /in/x >.stdout 2>.stderr; then
  expect PartsAreCompared 0 '^input +same as at hand: ' "$immure" verify parts.evidence.json --key host.pub \
    --input one.txt --input x=two.txt --input in
  expect OtherPartsAreAnotherInput 1 'input-unexpected' "$immure" verify parts.evidence.json --key host.pub \
    --input one.txt --input two.txt --input in
else
  not_ok ARunOfParts "$(<.stderr)"
fi
mkfifo in/fifo
if "$immure" run --in in --stage --out staged --key host.key -- cat /in/a >.stdout 2>.stderr; then
  expect AStagedInputIsCompared 0 '^input +same as at hand: ' "$immure" verify staged.evidence.json --key host.pub --input in
else
  not_ok AStagedRun "$(<.stderr)"
fi
rm in/fifo

# --- The program, its arguments, its end
for name in cat "$program" "$(sha256sum <"$program" | cut -d' ' -f1)"; do
  expect "Program/$name" 0 '^ACCEPTED' "${verify[@]}" --expect-program "$name"
done
expect AnotherProgram 1 'program-unexpected' "${verify[@]}" --expect-program sort
expect APartOfItsNameIsAnotherProgram 1 'program-unexpected' "${verify[@]}" --expect-program at
expect Arguments 0 '^ACCEPTED' "${verify[@]}" --expect-args "/in/a '/in/sub/b'"
expect OtherArguments 1 'arguments-unexpected' "${verify[@]}" --expect-args '/in/a'
expect NoArguments 1 'arguments-unexpected' "${verify[@]}" --expect-args ''
expect ArgumentsWithoutAnEnd 64 '--expect-args: has a quote without an end' "${verify[@]}" --expect-args "'/in/a"
expect ExitCode 0 '^ACCEPTED' "${verify[@]}" --expect-exit 0
expect AnotherExitCode 1 'exit-unexpected' "${verify[@]}" --expect-exit 1
expect WhatIsNoExitCode 64 '--expect-exit: is no exit code: 256' "${verify[@]}" --expect-exit 256
"$immure" run --in in --out failed --key host.key -- cat /in/nothing >.stdout 2>.stderr
expect AFailureIsFound 1 'the program ended with exit code 1' "$immure" verify failed.evidence.json --key host.pub --expect-exit 0
expect SeveralFilesMayHaveAnExitCode 1 '^REJECTED failed.evidence.json: .*\[exit-unexpected\]' "$immure" verify out.evidence.json \
  failed.evidence.json --key host.pub --expect-exit 0

# --- The immure that made the evidence
sha256sum "$immure" >launchers
expect LauncherOfTheList 0 '^ACCEPTED' "${verify[@]}" --launchers launchers
tr 0-9a-f 1-9a-f0 <launchers >others
expect LauncherOfNoList 1 'launcher-unexpected' "${verify[@]}" --launchers others
expect SeveralFilesMayHaveALauncher 1 '^REJECTED failed.evidence.json: .*\[launcher-unexpected\]' "$immure" verify \
  out.evidence.json failed.evidence.json --key host.pub --launchers others
cat launchers >>others
expect LauncherOfALongerList 0 '^ACCEPTED' "${verify[@]}" --launchers others
echo '# none' >nothing
expect ListOfNothing 3 'lists no launcher.*launchers-unusable' "${verify[@]}" --launchers nothing
echo immure >words
expect ListOfWords 3 'words:1: is not a SHA-256.*launchers-unusable' "${verify[@]}" --launchers words

# --- The same as a policy
policy() { printf 'version = 1\n%s\n' "$1" >policy.toml && "${verify[@]}" --policy policy.toml "${@:2}"; }
expect PolicyAccepts 0 '^ACCEPTED' policy "programs = ['cat']
arguments = ['/in/a', '/in/sub/b']
inputs = ['$(manifest out.evidence.json)']
exit_codes = [0]"
expect PolicyOfAnotherProgram 1 'policy-program' policy "programs = ['sort']"
expect PolicyOfOtherArguments 1 'policy-arguments' policy "arguments = ['/in/sub/b', '/in/a']"
expect PolicyOfAnotherInput 1 'policy-input' policy "inputs = ['$(printf '0%.0s' {1..64})']"
expect PolicyOfAnotherExitCode 1 'policy-exit' policy 'exit_codes = [1, 2]'
expect AnUnknownKeyIsNamed 3 'policy.toml:2:exit_code: unknown key' policy 'exit_code = [1]'
finish
