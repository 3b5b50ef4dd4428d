#!/usr/bin/env bash
# immure signs with the key file that it opened when the run began: nobody can exchange the name or the contents of this
# file for another key during the run.
# Usage: key_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir input && echo text >input/a
cat >wait.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void end(int number) { (void)number; _exit(0); }
int main(void) {
  signal(SIGUSR1, end);
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
END
cc -O1 -static -o wait wait.c || exit 70

# runs_while OUT COMMAND...: executes the command while the program of a run waits; then ends the run.
runs_while() {
  local out=$1 run
  shift
  : >.ready
  "$immure" run --in input --out "$out" --key host.key -- ./wait >.ready &
  run=$!
  until grep -qs ready .ready || ! kill -0 $run; do sleep 0.01; done 2>/dev/null
  "$@"
  kill -USR1 $run
  wait $run
}
rewrite() { cat other.key >host.key; }
fresh() {
  rm -f host.* other.*
  "$immure" keygen host.key >/dev/null && "$immure" keygen other.key >/dev/null && cp host.pub first.pub
}

fresh
expect ANameThatIsExchangedMeanwhileChangesNothing 0 '' runs_while out1 mv other.key host.key
expect TheEvidenceIsOfTheFirstKey 0 ACCEPTED "$immure" verify out1.evidence.json --key first.pub --artifacts out1
fresh
expect AKeyThatIsRewrittenMeanwhileSignsNothing 70 'host.key: holds another key than when the run began' runs_while out2 rewrite
holds NoEvidenceOfAnotherKey [ ! -e out2.evidence.json ]
fresh
expect AKeyThatOthersMayReadMeanwhileSignsNothing 70 'others can read or write' runs_while out3 chmod 644 host.key
holds NoEvidenceOfAKeyOfOthers [ ! -e out3.evidence.json ]
# No command that writes a file mistakes a key for an older file that the command may replace.
fresh
cp other.key before.key
cp host.pub before.pub
"$immure" run --in input --out out4 --key host.key -- true || not_ok RunsForTheOverwriting
not_of_ours='is not a file that immure writes here'
expect ABundleReplacesNoKey 64 "$not_of_ours" "$immure" bundle out4.evidence.json -o other.key
expect AResultReplacesNoKey 64 'the same file as' "$immure" verify out4.evidence.json --key host.pub --sign-result other.key \
  --result-key other.key
expect AReportReplacesNoKey 64 "$not_of_ours" "$immure" report out4.evidence.json --key host.pub -o other.key
expect EvidenceReplacesNoKey '3|64' "$not_of_ours" "$immure" run --in input --out out5 --key host.key --evidence host.pub \
  --replace -- true
echo precious >notes.txt
expect EvidenceReplacesNoNotes '3|64' "$not_of_ours" "$immure" run --in input --out out6 --key host.key --evidence notes.txt \
  --replace -- true
holds ThePrivateKeyIsUnchanged cmp other.key before.key
holds ThePublicKeyIsUnchanged cmp host.pub before.pub
expect EvidenceReplacesEvidence 0 '' "$immure" run --in input --out out7 --key host.key --evidence out4.evidence.json \
  --replace -- true
# A program that can read the key can write the key into its outputs, so no image holds the key, under no name.
mkdir -p keys root/bin && "$immure" keygen keys/own.key >/dev/null
printf 'base = "dynamic"\n[image]\ninclude = ["%s"]\n' "$PWD/keys/own.key" >keys.toml
in_image='is the private key keys/own.key, and the program could read it'
with_own=("$immure" run --in input --out out8 --key keys/own.key --evidence own.json)
expect TheKeyIsNotIncluded 3 "$in_image" "${with_own[@]}" --include keys/own.key -- cat /app/own.key
expect TheDirectoryOfTheKeyIsNotIncluded 3 "$in_image" "${with_own[@]}" --include keys -- cat /app/keys/own.key
ln keys/own.key other-name.key
expect AnotherNameOfTheKeyIsNotIncluded 3 "$in_image" "${with_own[@]}" --include other-name.key -- cat /app/other-name.key
rm other-name.key
expect AProfileDoesNotIncludeTheKey 3 "$in_image" "${with_own[@]}" --profile ./keys.toml -- cat /app/own.key
"$immure" pack cat -o rootdir >/dev/null
chmod u+w rootdir && "$immure" keygen rootdir/own.key >/dev/null
expect ARootDoesNotHoldTheKey 3 'is the private key rootdir/own.key' "$immure" run --in input --out out8 --key rootdir/own.key \
  --evidence own.json --rootfs rootdir -- /usr/bin/cat /own.key
holds NothingWasSigned [ ! -e own.json ]
# Root follows no link of another user to the standard input of a program.
if [ "$(id -u)" -eq 0 ]; then
  mkdir -p theirs private && chmod 700 private && echo secret >private/data && ln -s "$PWD/private" theirs/sub
  chown -Rh 65534:65534 theirs
  expect StandardInputFollowsNoLinkOfAnother 3 'BLOCKED' "$immure" run --in input --out out9 --no-evidence --stdin theirs/sub/data -- cat
  echo secret >theirs/roots && chmod 600 theirs/roots
  expect StandardInputIsReadForNobodyElse 3 'may not be read by the owner' "$immure" run --in input --out out9 --no-evidence \
    --stdin theirs/roots -- cat
else
  skip StandardInputFollowsNoLinkOfAnother root 'only root reads for others'
fi
finish
