#!/bin/bash
# Tests the inspector as it is shipped: the inspector refuses to work outside of a cell, has no option to avoid this
# refusal, and inspects inside a cell.
# usage: inspect_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
inspector=$bin/immure-inspect
work=$here
limit=120
export LC_ALL=C.UTF-8 IMMURE_CACHE=$work/cache TMPDIR=$work/tmp
mkdir -m 700 "$work/tmp"

mkdir drop empty
printf 'hello\n' >drop/a.txt
printf 'house_abcdefghijkl MARKER\n' >drop/b.txt

# --- Outside of a cell
expect 'Test1/RefusesOnTheHost' 3 '^BLOCKED: network: ' "$inspector" --in "$work/drop" --out "$work/empty"
if command -v strace >/dev/null; then
  strace -f -e trace=openat,open,openat2,getdents64 -o trace "$inspector" --in "$work/drop" --out "$work/empty" >/dev/null 2>&1
  # The guard opens the input directory as a place (O_PATH) and tries to write there; it opens nothing in this
  # directory.
  holds 'Test1/OpensNothingOfTheInput' bash -c '! grep -E "a\.txt|b\.txt|getdents64" trace'
else
  skip "Test1/OpensNothingOfTheInput" tool 'needs strace'
fi
holds 'Test1/WritesNothing' [ -z "$(ls -A empty)" ]
for variable in IMMURE_CELL=1 IMMURE_GUARD=off IMMURE_OMIT=guard container=immure CI=true; do
  expect "#3 NoVariableTurnsItOff/$variable" 3 '^BLOCKED: ' env "$variable" "$inspector" --in "$work/drop" --out "$work/empty"
done
for flag in --force --no-guard --unsafe --skip-guard --no-walls --test --yes; do
  expect "#3 NoFlagTurnsItOff/$flag" 64 'there is no option --' "$inspector" --in "$work/drop" --out "$work/empty" "$flag"
done
# Unit tests leave out walls by linking other code in place of the walls. The shipped program must have no option for
# that.
holds 'Test3/NoSwitchInTheProgram' bash -c "! grep -aqE 'IMMURE_OMIT|IMMURE_MUTANTS|no_walls|IMMURE_(NO|SKIP|UNSAFE)' '$inspector'"
expect RulesAreListed 0 '^archive\.traversal	high	.*	do not extract it$' "$immure" inspect rules
expect 'Test3/RulesAreListedWithoutACell' 0 '^archive\.traversal	high	.*	do not extract it$' "$immure" inspect --list-rules
cat >patterns.toml <<'END'
[[rules]]
id = "house-token"
description = "Token of the house"
regex = '''\bhouse_[a-z]{12}\b'''
keywords = ["house_"]
END
mkdir rules
printf 'rule marker { meta: severity = "low" strings: $m = "MARKER" condition: $m }\n' >rules/own.yar
expect ListedWithOnesOwn 0 'secret\.house-token	high' "$immure" inspect --list-rules --rules rules --secrets patterns.toml
expect DropIsNeeded 64 'DROP is missing' "$immure" inspect -o report

# --- In a cell
if ! "$immure" doctor >/dev/null 2>&1; then
  skip InACell cell 'no cell holds on this machine'
  finish
fi
expect ADropMayBeNamedRules 0 '^1 entries = 1 files ' "$immure" inspect rules -o rules.report
"$immure" keygen host.key >/dev/null
expect 'Test1/InspectsInACell' 0 'all inspected' "$immure" inspect drop -o report --key host.key
holds 'Test1/ReportIsInTheEvidence' "$immure" verify report.evidence.json --key host.pub --artifacts report
image() { sed 's/.*"payload":"\([^"]*\)".*/\1/' "$1" | base64 -d | grep -o '"image":{[^}]*}'; }
expect RulesAndSecretsOfOnesOwn 1 'all inspected' "$immure" inspect drop -o own --key host.key --rules rules --secrets patterns.toml
holds FindingsOfOnesOwn bash -c 'grep -q "\"rule\":\"yara.own.marker\"" own/report.json && grep -q "\"rule\":\"secret.house-token\"" own/report.json'
holds DigestOfWhatWasGiven grep -q "\"secrets\":{\"sha256\":\"$(sha256sum patterns.toml | cut -c -64)\"}" own/report.json
holds EvidenceOfWhatWasGiven "$immure" verify own.evidence.json --key host.pub --artifacts own
holds ImageCoversWhatWasGiven [ "$(image own.evidence.json)" != "$(image report.evidence.json)" ]
sed -i s/house_/horse_/ patterns.toml
expect OtherPatternsOtherImage 0 . "$immure" inspect drop -o other --key host.key --rules rules --secrets patterns.toml
holds OtherPatternsOtherImage/digest [ "$(image own.evidence.json)" != "$(image other.evidence.json)" ]
printf 'rule a { condition: nonsense }\n' >rules/own.yar
expect BrokenRulesEndBeforeTheDrop 2 'own\.yar: line 1: ' "$immure" inspect drop -o broken --rules rules
expect ADropThatIsMissingIsBlocked 3 'BLOCKED: nowhere: does not exist' "$immure" inspect nowhere -o missing
expect NothingSignedIsReported 0 'nothing will be signed, because there is no --key' "$immure" inspect rules -o unsigned
expect NoEvidenceSilencesIt 0 '^1 entries = 1 files ' "$immure" inspect rules -o silent --no-evidence
expect NoEvidenceContradictsAKey 64 'contradicts --key' "$immure" inspect rules -o never --no-evidence --key host.key
expect MissingRulesAreNamed 3 'nowhere' "$immure" inspect drop -o missing --rules nowhere
# --- Files that no cell can show, reports that do not depend on the surroundings, and accepted findings
mkdir -p strange/sub other/place
cp drop/b.txt strange/a.txt
ln strange/a.txt strange/sub/same
cp /bin/true strange/suid && chmod 4755 strange/suid
mkfifo strange/pipe && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("strange/socket")'
expect SpecialFilesAreReported 1 '^6 entries = 3 files \+ 1 directories \+ 0 links \+ 2 special$' "$immure" inspect strange -o strange.out
for fact in '"kind":"fifo","mode":"....","path":"pipe"' '"kind":"socket","mode":"....","path":"socket"' '"same_as":"a.txt"' '"rule":"mode.set-id"'; do
  holds "SpecialFilesAreReported/$fact" grep -q "$fact" strange.out/report.json
done
cp -a strange other/place/drop
expect AnotherPlace 1 . env TZ=Asia/Tokyo LANG=tr_TR.UTF-8 LC_ALL=C "$immure" inspect other/place/drop -o again.out --limit run-ms=900000
expect TheSamePlace 1 . "$immure" inspect strange -o same.out --limit run-ms=900000
expect GithubTakesTheSarif 0 '' python3 "$root/tests/interop/github_sarif.py" same.out/report.sarif
for file in report.json report.sarif manifest.sha256 manifest.json; do
  holds "SameBytes/$file" cmp same.out/$file again.out/$file
done
expect AnInventoryIsNoInspection 2 '^not inspected: limit.inventory, 1 times$' "$immure" inspect strange -o inventory --key host.key --inventory
holds AnInventoryIsNoInspection/manifest cmp same.out/manifest.sha256 inventory/manifest.sha256
holds AnInventoryIsNoInspection/evidence "$immure" verify inventory.evidence.json --key host.pub --artifacts inventory
holds AnInventoryIsNoInspection/page "$immure" report inventory.evidence.json --key host.pub --artifacts inventory -o inventory.html
fingerprint=$(grep -o '"fingerprint":"[^"]*","path":"suid","rule":"mode.set-id"' same.out/report.json | cut -d '"' -f 4)
accept() { printf '[[accepted]]\nfingerprint = "%s"\nreason = "known"\nexpires = %s\n' "$fingerprint" "$1"; }
accept 2999-12-31 >baseline.toml
for kind in fifo socket; do
  fingerprint=$(grep -o "\"fingerprint\":\"[^\"]*\",\"path\":\"${kind/fifo/pipe}\",\"rule\":\"mode.special\"" same.out/report.json | cut -d '"' -f 4)
  accept 2999-12-31 >>baseline.toml
done
expect AcceptedFindingsDoNotCount 0 '^3 findings accepted' "$immure" inspect strange -o accepted.out --key host.key --baseline baseline.toml --against same.out/report.json
holds ChangesAreCounted grep -q '0 findings new, 0 gone, ' <<<"$out"
sed -i s/2999/2001/ baseline.toml
expect ExpiredOnesCountAgain 1 . "$immure" inspect strange -o expired.out --baseline baseline.toml
echo nonsense >baseline.toml
expect BrokenBaselineIsNamed 2 'baseline' "$immure" inspect strange -o nobase.out --baseline baseline.toml
# --- Nothing in a drop stops the inspection: what cannot be read is a finding
expect ASingleFileIsADrop 0 '^1 entries = 1 files ' "$immure" inspect drop/a.txt -o single --key host.key
holds ASingleFileIsADrop/evidence "$immure" verify single.evidence.json --key host.pub --artifacts single
holds ASingleFileIsADrop/report grep -q '"path":"a.txt"' single/report.json
mkdir odd && printf 'house_abcdefghijkl\n' >odd/plain.txt && printf x >odd/locked && mkdir odd/shut && printf x >odd/shut/in
here=$here python3 - <<'END'
import os
for name, count in (("d", 300), ("n" * 200, 25)):
    os.chdir("odd")
    for _ in range(count):
        os.mkdir(name)
        os.chdir(name)
    with open("bottom", "w") as f:
        f.write("x")
    os.chdir(os.environ["here"])
END
if ((EUID == 0)); then
  # The drop belongs to somebody who cannot read these two.
  chmod 600 odd/locked && chmod 700 odd/shut && chown -R "$ordinary" odd && chown 0 odd/locked odd/shut
else
  chmod 0 odd/locked odd/shut
fi
expect NothingStopsTheInspection 2 'NOT all inspected' "$immure" inspect odd -o odd.out --key host.key
holds NothingStopsTheInspection/evidence "$immure" verify odd.out.evidence.json --key host.pub --artifacts odd.out
holds NothingStopsTheInspection/rest grep -q '"path":"plain.txt","sha256"' odd.out/report.json
for path in locked shut; do
  holds "NothingStopsTheInspection/$path" grep -q "\"path\":\"$path\",\"rule\":\"read.failed\"" odd.out/report.json
done
holds NothingStopsTheInspection/depth grep -q '"rule":"limit.directory-depth"' odd.out/report.json
holds NothingStopsTheInspection/length grep -q '"rule":"name.overlong"' odd.out/report.json
if ((EUID == 0)); then
  mkdir -m 755 mixed && printf '%s' "$(printf 'MARKER\n')" >mixed/foreign && chown "$ordinary" mixed/foreign && chmod 600 mixed/foreign
  expect FilesOfOthersAreInspected 0 'all inspected' "$immure" inspect mixed -o mixed.out
else
  skip FilesOfOthersAreInspected root 'only root can make files of others'
fi
# --- On a terminal the inspector shows its progress; no progress file is left at the end
if command -v script >/dev/null; then
  # The inspector prints no progress in its first half second; this drop takes more than a second.
  mkdir large && for i in {1..40}; do head -c 16000000 /dev/urandom >large/$i; done
  script -qec "'$immure' inspect large -o large.out --key host.key" terminal </dev/null >/dev/null 2>&1
  holds ProgressIsShown grep -qaE '[0-9]+ of 40 files, [0-9.]+ [KM]?i?B of 61[0-9.]+ MiB, .*/s' terminal
  holds ProgressIsGone [ ! -e large.out/.progress ]
  holds ProgressIsInTheEvidence bash -c "sed 's/.*\"payload\":\"\([^\"]*\)\".*/\1/' large.out.evidence.json | base64 -d | grep -q -- '\"--progress\"'"
else
  skip ProgressIsShown tool 'no script(1)'
fi
holds NothingIsLeft [ -z "$(ls -A tmp)" ]

# The data about the drop that the inspector gets beside the cell has no name in any file system, so nothing of it is left
# when immure is killed.
mkdir -p slow && mkfifo slow/fifo && for i in {1..40}; do head -c 4000000 /dev/zero >"slow/$i"; done
"$immure" inspect slow -o slow.out >/dev/null 2>&1 &
supervisor=$!
for _ in {1..3000}; do
  [ -d slow.out ] && break
  sleep 0.01
done
holds TheRunWasKilledMidway [ -d slow.out ]
holds NothingIsInTheTemporaryDirectory [ -z "$(ls -A tmp)" ]
kill -9 $supervisor && wait $supervisor 2>/dev/null
for _ in {1..200}; do
  [ -z "$(ls -A tmp)" ] && break
  sleep 0.02
done
holds NothingIsLeftOfAKilledOne [ -z "$(ls -A tmp)" ]
finish
