#!/usr/bin/env bash
# Tests where a program reads and writes: inputs of files and directories, the file of --stdout, the working directory, the
# times of outputs, and the result as JSON.
# usage: places_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=120

# signed NAME OPTIONS... -- COMMAND...: makes a signed run, which must end with 0, and whose evidence must be accepted.
signed() {
  local name=$1
  shift
  rm -rf out e.json
  expect "$name" 0 '' "$immure" run --out out --key host.key --evidence e.json "$@"
  said=$out
  expect "$name/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify e.json --key host.pub
}
refused() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  rm -rf out
  expect "$name" "$wanted" "$pattern" "$immure" run --out out --no-evidence "$@"
}
# of_evidence EXPRESSION: prints the value of a Python expression of the predicate `p`.
of_evidence() {
  statement e.json | python3 -c 'import json,sys; p = json.load(sys.stdin)["predicate"]; print(eval(sys.argv[1]))' "$1"
}

fixtures() {
  mkdir -p in/sub more
  echo text >in/a
  echo below >in/sub/b
  echo 'one file' >single.txt
  echo 'another' >more/c
  ln -s single.txt link
  mkfifo pipe
  printf 'import json\nprint(json.dumps(sorted(__import__("os").listdir("/in"))))\n' >script.py
  "$immure" keygen host.key >/dev/null
}

inputs() {
  signed ASingleFile --in single.txt -- cat /in/single.txt
  same ASingleFile/Bytes 'one file' "$said"
  same ASingleFile/EvidenceHasItsDigest "single.txt single.txt $(sha256sum <single.txt | cut -d ' ' -f 1) True" \
    "$(of_evidence '"%(name)s %(place)s %(sha256)s" % p["input"]["parts"][0] + " " + str(p["input"]["staged"])')"
  signed ANamedFile --in other.txt=single.txt -- cat /in/other.txt
  same ANamedFile/Bytes 'one file' "$said"
  signed SeveralInputs --in single.txt --in data=in --in more -- find /in -type f
  same SeveralInputs/Places $'/in/data/a\n/in/data/sub/b\n/in/more/c\n/in/single.txt' "$(sort <<<"$said")"
  same SeveralInputs/EvidenceListsEach 'data more single.txt' "$(of_evidence '" ".join(x["place"] for x in p["input"]["parts"])')"
  local manifest
  manifest=$(of_evidence '[x["sha256"] for x in p["input"]["parts"] if x["place"] == "data"][0]')
  signed ADirectoryAlone --in in -- true
  same SeveralInputs/ADirectoryHasTheDigestThatItHasAlone "$(of_evidence 'p["input"]["manifestSha256"]')" "$manifest"
  same ADirectoryAlone/HasNoParts False "$(of_evidence '"parts" in p["input"]')"
  signed AScriptAsInput --in script.py -- /usr/bin/python3 /in/script.py
  same AScriptAsInput/Runs '["script.py"]' "$said"
  refused InputsCannotBeWritten 1 'Read-only file system' --in single.txt -- cp /in/single.txt /in/new
  refused ALinkIsNoInput 3 'is a symbolic link' --in link -- true
  refused AFifoIsNoInput 3 'neither a regular file nor a directory' --in pipe -- true
  refused AMissingInput 3 'does not exist' --in nothing.txt -- true
  refused AFileOfTheKernel 3 'a file system that the kernel generates' --in /proc/version -- true
  refused OnePlaceForTwo 64 'the place /in/single.txt' --in single.txt --in single.txt=in/a -- true
  refused ANameWithoutAPath 64 'has no path' --in a= -- true
  echo secret >'x=single.txt'
  refused ANameThatMeansTwoFiles 64 'can also mean single.txt as x' --in 'x=single.txt' -- true
  signed AFileWithAnEqualsSign --in './x=single.txt' -- cat '/in/x=single.txt'
  same AFileWithAnEqualsSign/Bytes secret "$said"
  rm 'x=single.txt'
  rm -rf out
  expect TheKeyIsNoInput 3 'the private key is the input' "$immure" run --in single.txt --in host.key --out out --key host.key -- true
  # immure reads the file once, through one descriptor. If the file changes afterwards, the run must not succeed.
  local program
  program=$(command -v sleep)
  rm -rf out e.json
  "$immure" run --in single.txt --in in --out out --key host.key --evidence e.json -- "$program" 3 2>.told &
  local run=$!
  until [ -d out ] || ! kill -0 $run 2>/dev/null; do sleep 0.1; done
  sleep 1.5
  echo changed >single.txt
  wait $run
  same AFileThatChangesMeanwhile 5 $?
  holds AFileThatChangesMeanwhile/IsReported grep -q 'no longer holds after the run' .told
  echo 'one file' >single.txt
}

standard_output() {
  rm -f words
  signed StandardOutputToAFile --in in --stdout words -- cat /in/a
  same StandardOutputToAFile/NothingElsewhere '' "$said"
  same StandardOutputToAFile/Bytes text "$(<words)"
  same StandardOutputToAFile/Digest "$(sha256sum <words | cut -d ' ' -f 1)  stdout" "$(subjects e.json)"
  # The file lies outside of the directory of outputs, so a comparison of that directory says nothing about the file.
  local verify=("$immure" verify e.json --key host.pub --artifacts out)
  expect StandardOutputToAFile/IsNotSilentlyUncompared 0 'files at hand are signed; stdout not compared' "${verify[@]}"
  expect StandardOutputToAFile/IsNotProved 0 "That your copy of the program's stdout is the signed one" "${verify[@]}" -v
  cp words out/stdout
  expect StandardOutputToAFile/ACopyIsCompared 0 'the files at hand are the signed ones' "${verify[@]}"
  echo other >out/stdout
  expect StandardOutputToAFile/AnotherCopyIsRejected 1 'artifact-differs' "${verify[@]}"
  refused AFileThatIsThere 3 'exists already, and immure overwrites it only with --replace' --in in --stdout words -- cat /in/a
  same AFileThatIsThere/IsUnchanged text "$(<words)"
  refused AFileThatIsReplaced 0 '' --in in --stdout words --replace -- cat /in/sub/b
  same AFileThatIsReplaced/Bytes below "$(<words)"
  refused AFileInTheInput 3 'lies inside the input' --in in --stdout in/words -- true
  printf '[limits]\noutput_bytes = "64KiB"\n' >small.toml
  refused AFileThatIsCut 5 'cut at the limit' --in in --stdout flood --profile ./small.toml -- \
    bash -c 'trap "" PIPE; printf "%300000s" x; exit 0'
  same AFileThatIsCut/HasTheLimit 65536 "$(stat -c %s flood)"
  refused ABlockedRunMakesNoFile 3 '' --in in --stdout never --workdir /nowhere -- true
  same ABlockedRunMakesNoFile/IsNotThere '' "$(ls never 2>/dev/null)"
  rm -f words flood
}

result() {
  rm -rf out result.json
  run "$immure" run --in in --out out --no-evidence --result result.json -- cat /in/a
  same AResultInAFile/StandardOutputIsTheProgramsAlone text "$out"
  holds AResultInAFile/IsJson is_json <result.json
  rm -rf out
  out=$("$immure" run --in in --out out --no-evidence --result fd:7 7>seven -- cat /in/a)
  same AResultInADescriptor/StandardOutputIsTheProgramsAlone text "$out"
  holds AResultInADescriptor/IsJson is_json <seven
  refused AResultNowhere 64 'is no open descriptor' --in in --result fd:99 -- true
  refused AResultThatIsThere 3 'exists already, and immure overwrites it only with --replace' --in in --result result.json -- true
  rm -rf out
  # A result that would be another file of the run is written nowhere, not even to say so.
  "$immure" keygen other.key >/dev/null
  local before
  before=$(sha256sum other.key other.pub in/a)
  local to_the_key=("$immure" run --out out --key other.key --evidence e.json --result other.key --replace)
  expect AResultThatIsTheKey 3 'is the private key too|is not a file that immure writes' "${to_the_key[@]}" --in in -- true
  expect AResultThatIsTheKeyOfADryRun 3 'is the private key too|is not a file that immure writes' "${to_the_key[@]}" --in in --dry-run -- true
  expect AResultThatIsTheKeyOfABlockedRun 3 BLOCKED "${to_the_key[@]}" --in nothing -- true
  refused AResultInTheInput 3 'the result lies inside the input|is not a file that immure writes' --in in --result in/a --replace -- true
  refused ANewResultInTheInput 3 'the result lies inside the input' --in in --result in/new -- true
  echo '{}' >json
  refused AResultThatIsAnInputFile 3 'the result is the input' --in json --result json --replace -- true
  same TheInputFileIsAsBefore '{}' "$(cat json)"
  refused AStandardOutputThatIsAnInputFile 3 'is the input' --in in/a --stdout in/a --replace -- true
  refused AStandardOutputThatIsTheStandardInput 3 'is the file for standard input too' --in in --stdin other.pub --stdout other.pub --replace -- true
  refused AResultOverSomethingElse 3 'is not a file that immure writes' --in in --result other.pub --replace -- true
  same NothingWasOverwritten "$before" "$(sha256sum other.key other.pub in/a)"
  same NothingWasMadeInTheInput '' "$(ls in | grep new)"
  # A reader that goes away ends neither the run nor immure.
  run bash -c '"$@" 3> >(true); echo "code $?"' - "$immure" run --in in --out reader --no-evidence --result fd:3 -- cat /in/a
  same AReaderThatGoesAway/IsNoDeathOfImmure '' "$(grep 'was killed by SIGPIPE' <<<"$err")"
  run bash -c '"$@" | head -n 1; echo "${PIPESTATUS[0]}"' - "$immure" run --in in --out lines --key host.key -- seq 1 200000
  same AReaderOfTheOutputThatGoesAway/IsNoDeathOfImmure '' "$(grep 'nothing is proved' <<<"$err")"
  expect AReaderOfTheOutputThatGoesAway/EvidenceIsAccepted 0 '^ACCEPTED' "$immure" verify lines.evidence.json --key host.pub
  rm -rf reader lines lines.evidence.json other.key other.pub
  expect AResultOfABlockedRun 3 '' "$immure" run --in nothing --out out --no-evidence --result blocked.json -- true
  holds AResultOfABlockedRun/IsJson is_json <blocked.json
  rm -f result.json seven blocked.json
}

workdir() {
  signed StartsInTheInput --in in --workdir /in -- cat a sub/b
  same StartsInTheInput/Bytes $'text\nbelow' "$said"
  same StartsInTheInput/EvidenceSaysSo '/in /in /in' "$(of_evidence '" ".join([p["workdir"], p["outside"][0]["cwd"], p["outside"][1]["cwd"]])')"
  signed StartsBelowTheInput --in in --workdir /in/sub/ -- cat b ../a
  signed StartsInAPart --in in --in single.txt --workdir /in/in/sub -- cat b
  same StartsInAPart/Bytes below "$said"
  signed StartsInTheOutput --in in --workdir /out -- cp /in/a here
  same StartsInTheOutput/Bytes text "$(<out/here)"
  same StartsInTheOutput/IsNotListed '' "$(rm -rf out; "$immure" run --in in --out out --no-evidence --workdir /out -- ls 2>/dev/null)"
  signed StartsInTheImage --in in --workdir /usr/bin -- cat /in/a
  refused AWorkdirThatIsAFileIsRefused 3 'is no directory of the cell' --in in --workdir /in/a -- true
  refused AMissingWorkdirIsRefused 3 'is no directory of the cell' --in in --workdir /in/none -- true
  refused AWorkdirOfTheHostIsRefused 3 'is no directory of the cell' --in in --workdir /root -- true
  refused AWorkdirBelowTheOutputIsRefused 3 'cannot be there yet' --in in --workdir /out/sub -- true
  refused AWorkdirThatLeadsUpIsRefused 64 'not the path of a directory' --in in --workdir /in/../etc -- true
  refused ARelativeWorkdirIsRefused 64 'not the path of a directory' --in in --workdir in -- true
  ln -s sub in/link
  refused AWorkdirThatIsALinkIsRefused 3 'is no directory of the cell' --in in --workdir /in/link -- true
  rm in/link
}

attributes() {
  signed InstallSetsAMode --in in -- install -m 640 /in/a /out/a
  same InstallSetsAMode/Bytes 'text 640' "$(<out/a) $(stat -c %a out/a)"
  signed CopiesWithAllAttributes --in in -- cp -a /in/sub /out/sub
  same CopiesWithAllAttributes/Bytes below "$(<out/sub/b)"
  touch -d '2001-02-03T04:05:06.789Z' in/sub/b in/sub
  signed TimesAreKept --in in --keep-times -- cp -a /in/sub /out/sub
  same TimesAreKept/Times "$(stat -c '%.9Y' in/sub/b in/sub)" "$(stat -c '%.9Y' out/sub/b out/sub)"
  signed TimesAreNew --in in -- cp -a /in/sub /out/sub
  holds TimesAreNew/Times [ "$(stat -c %Y out/sub/b)" -gt 1000000000 ]
  (umask 077; rm -rf out; "$immure" run --in in --out out --no-evidence -- cp /in/a /out/a; stat -c %a out/a >mode)
  same ModesFollowTheUmask 600 "$(<mode)"
  signed AProgramThatLowersItsPriority --in in -- /usr/bin/python3 -c 'import os; os.setpriority(os.PRIO_PROCESS, 0, 5); print("went on")'
  same AProgramThatLowersItsPriority/GoesOn 'went on' "$said"
}

# The program must see what the evidence names, whether or not immure copies the input.
copies_keep_what_evidence_names() {
  mkdir -p modes/sub
  echo text >modes/plain
  cp /bin/true modes/suid
  cp /bin/true modes/sgid
  chmod 4755 modes/suid
  chmod 2755 modes/sgid
  chmod 1777 modes/sub
  ln -s plain modes/link
  touch -h -d 2001-02-03T04:05:06.789 modes/plain modes/suid modes/sgid modes/link modes/sub
  local list=(/usr/bin/find /in -mindepth 1 -printf '%P %m %T+ %l\n') direct
  signed NotCopied --in modes -- "${list[@]}"
  direct=$(sort <<<"$said")
  signed Copied --in modes --stage -- "${list[@]}"
  same Copied/LooksTheSame "$direct" "$(sort <<<"$said")"
  holds Copied/KeepsSetIdBits grep -q '^suid 4755 2001-02-03+04:05:06.789' <<<"$said"
  # docs/profiles.md names what differs: every file belongs to the cell's one user, and a copy has no hard links.
  ln modes/plain modes/second
  signed Owners --in modes -- /usr/bin/find /in ! -uid 1000
  same Owners/OneForAllFiles '' "$said"
  signed HardLinks --in modes -- /usr/bin/find /in -links +1 -type f -name '[ps]*'
  same HardLinks/AreSeenInPlace $'/in/plain\n/in/second' "$(sort <<<"$said")"
  signed HardLinks/OfACopy --in modes --stage -- /usr/bin/find /in -type f -links +1
  same HardLinks/OfACopy/AreFilesOfTheirOwn '' "$said"
  expect Copied/NobodyHeedsSetIdBits 1 'Operation not permitted|Permission denied' "$immure" run --in modes --out ran --no-evidence \
    --stage -- /usr/bin/python3 -c 'import os; os.execv("/in/suid", ["suid"])'
  rm -rf modes ran
}

everybody fixtures copies_keep_what_evidence_names inputs standard_output result workdir attributes
