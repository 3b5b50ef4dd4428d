#!/usr/bin/env bash
# Runs pipelines: a cell for each program, pipes between them, and one evidence about all of them.
# usage: pipeline_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300
cd "$here" || exit 70
mkdir in && seq 1 20000 >in/numbers && echo text >in/a
"$immure" keygen host.key >/dev/null 2>&1

# piped NAME [OPTIONS...] -- PROGRAMS...: makes a signed run, and keeps its output in $out and its messages in $err.
piped() {
  local name=$1
  shift
  rm -rf "out-$name"
  run "$immure" run --in in --out "out-$name" --key host.key --evidence "$name.json" --replace "$@"
}

# accepted NAME: the evidence of piped NAME is accepted by both verifiers.
accepted() {
  expect "$1/IsAccepted" 0 '^ACCEPTED' "$immure" verify "$1.json" --key host.pub
  ! has python3 || PYTHONPATH=$root/verifier/python expect "$1/IsAcceptedBySecondVerifier" 0 '^ACCEPTED' \
    python3 -m immure_verifier verify "$1.json" --key host.pub
}

# value EVIDENCE EXPRESSION: prints what a Python expression makes of the predicate `p` and the list of its stages `s`.
value() {
  statement "$1" | python3 -c 'import json,sys
p = json.load(sys.stdin)["predicate"]
s = [*p.get("stages", []), p]
print(eval(sys.argv[1]))' "$2"
}

# says NAME PATTERN COMMAND...: like expect, but the text may be broken into lines anywhere.
says() {
  local name=$1 pattern=$2
  shift 2
  run "$@"
  if tr -s ' \n' ' ' <<<"$out" | grep -qE -- "$pattern"; then ok "$name"; else not_ok "$name" "nothing like /$pattern/" "$out"; fi
}

works() {
  piped tar -- tar -cf - -C /in . '|' gzip -9 '|' gzip -d '|' wc -c
  same tar/EndsWell 0 "$code"
  holds tar/CountsAnArchive test "$out" -ge "$(wc -c <in/numbers)"
  holds tar/CountsWholeBlocks test $((out % 10240)) -eq 0
  accepted tar
  same tar/HasAllStages 4 "$(value tar.json 'len(s)')"
  same tar/BytesAgree True "$(value tar.json 'all(a["stage"]["written"]["bytes"] == b["stage"]["read"]["bytes"] for a, b in zip(s, s[1:]))')"
  same tar/DigestOfThePipe "$(sha256sum <in/numbers | cut -d' ' -f1)" \
    "$(piped cat -- cat /in/numbers '|' wc -l && value cat.json 's[0]["stage"]["written"]["sha256"]')"
  same tar/EachStageHasItsOwnProgram "['cat', 'wc']" "$(value cat.json '[x["program"]["name"].rsplit("/", 1)[1] for x in s]')"
  same tar/EachStageHasItsOwnNamespaces True \
    "$(value tar.json 'all(len({x["inside"]["namespaces"][n] for x in s}) == len(s) for n in p["inside"]["namespaces"])')"
  holds tar/NothingElseIsLeft test -z "$(ls out-tar)"
}

# The last one that fails says how the run ended, as with pipefail.
pipefail() {
  piped middle -- seq 1 5 '|' grep nothing '|' wc -l
  same middle/ExitCode 1 "$code"
  same middle/Output 0 "$out"
  holds middle/NamesTheStage grep -q 'stage 2 (/usr/bin/grep) ended with exit code 1' <<<"$err"
  accepted middle
  expect middle/EachStageIsExpectedToEndWell 1 'exit-unexpected' "$immure" verify middle.json --key host.pub --expect-exit 0
  expect middle/EachProgramIsExpected 1 'program-unexpected' "$immure" verify middle.json --key host.pub --expect-program wc
  piped last -- seq 1 5 '|' grep nothing '|' grep more
  same last/ExitCode 1 "$code"
  run "$immure" run --in in --out out-json --no-evidence --json -- seq 1 5 '|' grep nothing '|' wc -l
  same json/Stages "['exited', 1, '/usr/bin/grep']" "$(tail -n 1 <<<"$out" | python3 -c 'import json,sys
s = json.load(sys.stdin)["stages"][1]; print([s["end"], s["exitCode"], s["program"]])')"
}

# A program whose reader ends gets SIGPIPE.
sigpipe() {
  piped head -- seq 1 10000000 '|' head -n 1
  same head/Output 1 "$out"
  same head/ExitCode 141 "$code"
  same head/Signal 13 "$(value head.json 's[0]["payload"]["signal"]')"
  same head/ReaderGotOnlyTheBeginning True "$(value head.json 's[1]["stage"]["read"]["taken"] < s[0]["stage"]["written"]["bytes"] and not s[1]["stage"]["read"]["whole"]')"
  accepted head
  piped deaf -- seq 1 10000000 '|' sleep 0.2
  same deaf/ExitCode 141 "$code"
  same deaf/TookNothing 0 "$(value deaf.json 's[1]["stage"]["read"]["taken"]')"
  accepted deaf
  # The reader closes its standard input and goes on, and the writer is told at once.
  piped closed --timeout 5s -- seq 1 10000000 '|' sh -c 'exec <&-; while :; do :; done' '|' true
  same closed/TimeLimit 124 "$code"
  same closed/WriterGotSigpipe 13 "$(value closed.json 's[0]["payload"]["signal"]')"
}

streams() {
  run "$immure" run --in in --out out-stdin --key host.key --stdin in/numbers --stdout lines.txt -- head -n 3 '|' sort -rn
  same stdin/EndsWell 0 "$code"
  same stdin/Output "$(seq 3 -1 1)" "$(<lines.txt)"
  same stdin/OnlyTheFirstReadsIt "[True, False]" "$(value out-stdin.evidence.json '["standardInput" in x["input"] for x in s]')"
  same stdin/StdoutIsSigned "$(sha256sum <lines.txt | cut -d' ' -f1)  stdout" "$(subjects out-stdin.evidence.json)"
  expect stderr/OfEachStage 0 'tail: ' "$immure" run --in in --out out-stderr --no-evidence -- sh -c 'echo one >&2; echo two' '|' sh -c 'echo tail: three >&2; read x; echo $x'
  # A pipe, /dev/null or the caller's terminal: only the pipe ends.
  piped empty -- true '|' wc -c
  same empty/Output 0 "$out"
  accepted empty
}

# Only the last stage's /out is kept, and what the others leave there is named.
outputs() {
  piped outputs -- tee /out/early '|' tee /out/late '|' tee /out/kept
  same outputs/Incomplete 5 "$code"
  same outputs/Kept kept "$(ls out-outputs)"
  holds outputs/NamesTheFirst grep -q 'early: left in /out of stage 1' <<<"$err"
  holds outputs/NamesTheSecond grep -q 'late: left in /out of stage 2' <<<"$err"
  accepted outputs
}

limits() {
  piped time --timeout 1s -- seq 1 3 '|' sleep 30 '|' wc -l
  same time/ExitCode 124 "$code"
  holds time/NamesTheStage grep -q 'stage 2 (/usr/bin/sleep) was ended at the time limit' <<<"$err"
  same time/SaysHowEachEnded "[0, None, None]" "$(value time.json '[x["payload"].get("exitCode") for x in s]')"
  printf 'base = "dynamic"\n[limits]\noutput_bytes = "64KiB"\n' >small.toml
  piped flood --profile small.toml -- seq 1 100000 '|' wc -c
  same flood/PipeIsLimited 65536 "$out"
  same flood/LimitIsNamed "['output-bytes']" "$(value flood.json 's[0]["payload"]["limitsHit"]')"
  accepted flood
  printf 'base = "dynamic"\n[limits]\nprocesses = 16\n' >few.toml
  expect few/TwoFit 3 'needs 18' "$immure" run --in in --out out-few --no-evidence --profile few.toml -- seq 1 2 '|' cat
  # Each stage gets a copy of the input, and together the copies must fit.
  printf 'base = "dynamic"\n[limits]\nmemory = "40MiB"\n' >tight.toml
  head -c 15M /dev/zero | tr '\0' x >big
  expect copies/OneFits 0 15728640 "$immure" run --in big --out out-one --no-evidence --profile tight.toml -- wc -c /in/big
  expect copies/TwoTogetherDoNotFitTwice 3 'memory|larger|room' "$immure" run --in big --out out-three --no-evidence --profile tight.toml -- \
    cat /in/big '|' cat '|' wc -c
  local programs=(seq 1 100)
  for _ in {2..16}; do programs+=('|' cat); done
  piped sixteen -- "${programs[@]}"
  same sixteen/Output "$(seq 1 100)" "$out"
  accepted sixteen
  expect seventeen/TooMany 64 'at most 16 programs' "$immure" run --in in --out out-many --no-evidence -- "${programs[@]}" '|' cat
}

# Ctrl-C reaches every stage.
signals() {
  local pid
  "$immure" run --in in --out out-int --key host.key --evidence int.json --replace -- sleep 31.7 '|' sleep 31.7 >/dev/null 2>int.err &
  pid=$!
  for _ in {1..200}; do
    [ "$(pgrep -fxc '[^ ]*sleep 31[.]7')" -ge 2 ] && break
    sleep 0.1
  done
  kill -INT "$pid"
  wait "$pid"
  same int/ExitCode 130 "$?"
  same int/EachStage "[2, 2]" "$(value int.json '[x["payload"]["signal"] for x in s]')"
}

words() {
  expect word/Missing 64 'no program behind it' "$immure" run --in in --out out-w --no-evidence -- seq 1 3 '|'
  expect word/MissingBefore 64 'no program before it' "$immure" run --in in --out out-w --no-evidence -- '|' cat
  expect word/NoProgram '3|64' '--pipe WORD' "$immure" run --in in --out out-w --no-evidence -- tr '|' ,
  expect word/AnotherWord 0 '^1,2$' "$immure" run --in in --out out-w --no-evidence --pipe then -- printf '1|2\n' then tr '|' ,
  expect explain/OneProgram 64 'takes one program' "$immure" explain --in in -- seq 1 3 '|' cat
  expect capture/NoMeaning 64 'standard error of its own' "$immure" run --in in --out out-w2 --no-evidence --capture -- seq 1 3 '|' cat
  expect dry/Text 0 '^stage +2 of 2' "$immure" run --in in --out out-dry --dry-run -- seq 1 3 '|' cat
  run "$immure" run --in in --out out-dry --dry-run --json -- seq 1 3 '|' cat
  same dry/Json "[{'number': 1, 'of': 2}, {'number': 2, 'of': 2}]" \
    "$(python3 -c 'import json,sys; print([x["stage"] for x in json.load(sys.stdin)])' <<<"$out")"
}

# Another venue builds walls around each stage.
venues() {
  if ! "$immure" run --venue bubblewrap --in in --out out-probe --no-evidence -- true >/dev/null 2>&1; then
    skip bubblewrap/Runs kernel 'no cell in the walls of bubblewrap here'
    return
  fi
  piped bubblewrap --venue bubblewrap -- seq 1 10000000 '|' head -n 2 '|' wc -l
  same bubblewrap/Output 2 "$out"
  same bubblewrap/WriterGotSigpipe 13 "$(value bubblewrap.json 's[0]["payload"]["signal"]')"
  same bubblewrap/EachStageIsInItsWalls "['bubblewrap', 'bubblewrap', 'bubblewrap']" "$(value bubblewrap.json '[x["host"]["venue"] for x in s]')"
  accepted bubblewrap
}

# The reports say what ran in each stage.
reports() {
  expect report/Summary 0 '^program +/usr/bin/seq 1 5 \| /usr/bin/grep nothing \| /usr/bin/wc -l' "$immure" verify middle.json --key host.pub
  expect report/Attention 0 'stage 2: the program ended with exit code 1' "$immure" verify middle.json --key host.pub
  says report/Text 'stage 2: /usr/bin/grep nothing, .*exit code 1; read 10 bytes .*; wrote 0 bytes' "$immure" verify -v middle.json --key host.pub
  says report/Show 'stage 3 of 3: /usr/bin/wc -l .*: exit code 0; read 0 bytes' "$immure" show middle.json --key host.pub
  expect report/Html 0 '' "$immure" report middle.json --key host.pub -o page.html
  holds report/HtmlHasStages grep -q 'The pipeline' page.html
}

# batch makes a pipeline for each input.
batches() {
  mkdir -p drops/one drops/two && seq 1 7 >drops/one/n && seq 1 9 >drops/two/n
  expect batch/EndsWell 0 '' "$immure" batch --in drops --out sums --key host.key -- cat /in/n '|' tee /out/copy
  same batch/Output "$(seq 1 9)" "$(<sums/two/copy)"
  expect batch/IsAccepted 0 ACCEPTED "$immure" verify sums/one.evidence.json sums/two.evidence.json --key host.pub
}

works
pipefail
sigpipe
streams
outputs
limits
signals
words
venues
reports
batches
finish
