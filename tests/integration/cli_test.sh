#!/bin/bash
# Tests the command line itself: what it accepts, what it refuses, and the texts that immure makes from the table of
# options.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

commands=$("$immure" help | sed -n 's/^  immure \([a-z]*\) .*/\1/p')

expect NoCommandIsUsage 64 'no command is given. See `immure help`' "$immure"
expect UnknownCommandNamesTheNearest 64 'there is no command verfy. Did you mean verify\?' "$immure" verfy
expect UnknownCommandFarFromAll 64 'there is no command xyzzy. See `immure help`' "$immure" xyzzy
expect UnknownOptionNamesItselfAndTheNearest 64 'there is no option --no-evidense. Did you mean --no-evidence\?' \
  "$immure" run --no-evidense
expect UnknownLetterNamesItself 64 'there is no option -x' "$immure" verify -x
expect AbbreviationIsRefused 64 'there is no option --art. Did you mean --artifacts\?' "$immure" verify --art . e
expect LettersInAClusterAreNoAbbreviation 0 '^Example: immure run' "$immure" run --capture -vh true
expect LettersInAClusterAfterAValue 0 '^Example: immure run' "$immure" run --in drop -hv true
expect UnknownLetterInAClusterNamesItself 64 'there is no option -x' "$immure" run --capture -vx true
expect MissingValueIsNamed 64 '--key needs a value: FILE' "$immure" verify e --key
expect SwitchTakesNoValue 64 '--json takes no value' "$immure" matrix --json=1
expect OptionGivenTwiceIsRefused 64 '--nonce is given twice' "$immure" verify e --key k --nonce a --nonce b
for option in challenge=x nonce=x artifacts=x sign-result=x result-key=x result-type=vsa; do
  expect "SeveralFilesRefuseAnOptionForOneRun/${option%=*}" 64 "--${option%=*}: is about one run, and there are several files" \
    "$immure" verify --key k "--$option" one.json two.json
done
expect RepeatableOptionMayBeGivenTwice 3 'BLOCKED' "$immure" verify e --key k --key k2
expect MissingOperandIsNamed 64 'EVIDENCE\.\.\. is missing' "$immure" verify --key k
expect SuperfluousOperandIsNamed 64 'unexpected argument extra' "$immure" report e extra
expect MissingOptionIsNamed 64 '--in is missing' "$immure" run --out o true
expect OptionsMayFollowOperands 0 'name.*static' "$immure" profile list --json
expect ErrorsAreJsonToo 64 '^\{"error":\{"code":"usage"' "$immure" run --json
expect OptionsOfThePayloadAreItsOwn 64 '--in is missing' "$immure" run true --help
expect ControlCharactersAreShownEscaped 64 'no command \\x1b\[31m' "$immure" $'\x1b[31m'
expect BidiOverridesAreShownEscaped 64 'no command a\\xe2\\x80\\xaeb' "$immure" $'a\xe2\x80\xaeb'
expect HarmlessUnicodeIsShownAsItIs 64 'no command mañana' "$immure" mañana
expect AnInvalidTimeIsRefused 64 'not a time: 5x' "$immure" run --in . --out o --timeout 5x true
expect ATimeLimitOfZeroIsRefused 64 'not a time: 0' "$immure" run --in . --out o --timeout 0 true
expect AnUnknownVenueIsRefused 64 'run: --venue cannot be moon. Choose auto, native, bubblewrap, podman, docker or oci' "$immure" run --in . --out o --venue moon true
expect VariableWithoutValue 64 'is not NAME=VALUE: HOME' "$immure" run --in . --out o --env HOME true
expect VersionIsPrinted 0 '^immure [0-9]+\.[0-9]+\.[0-9]+$' "$immure" --version

run "$immure" version
holds VersionIsTheBuilds grep -q "VERSION ${out#immure } " "$root/CMakeLists.txt"

# Tests every text that immure makes from the table.
for command in $commands; do
  run "$immure" "$command" --help
  widest=$(wc -L <.stdout)
  if ((code == 0 && widest <= 80)); then ok "HelpFitsAScreen/$command"; else
    not_ok "HelpFitsAScreen/$command" "code $code, widest $widest" "$out"
  fi
  # An option has words behind its name and value, in the same line or in the next.
  same "HelpSaysWhatEachOptionDoes/$command" '' \
    "$(awk '/^  (-., )?--/ { name = $0; bare = $0 !~ /^  (-., )?--[^ ]+( [^ ]+)?  +[^ ]/; next }
      bare { if ($0 !~ /^        +[^ ]/) print name; bare = 0 } END { if (bare) print name }' <<<"$out")"
  expect "HelpShowsAnExample/$command" 0 "^Example: immure $command" "$immure" help "$command"
done
run "$immure" run --help
for option in tmp read-back socket-pairs stdout workdir result fail-on-refused; do
  holds "HelpHasTheOption/$option" grep -qE "^  --$option( [^ ]+)?  +[a-z]" <<<"$out"
done
same HelpHasGroups 5 "$(grep -cE '^[A-Z][a-z ]+:$' <<<"$out")"
# A terminal gets a page to read, and everything else gets the page for man(1).
if has script; then
  run script -qec "MANPAGER=cat '$immure' manual" /dev/null
  same ManualOnATerminal/ExitCode 0 "$code"
  holds ManualOnATerminal/HasTheText grep -q 'immure COMMAND' <<<"$(sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' <<<"$out")"
  same ManualOnATerminal/HasNoRequests '' "$(grep -E '^\.(TH|SH|TP|B|PP)' <<<"$out")"
  run script -qec "PATH=/nowhere '$immure' manual" /dev/null
  same ManualWithoutMan/ExitCode 0 "$code"
  holds ManualWithoutMan/HasTheText grep -q -- '--read-back' <<<"$out"
  same ManualWithoutMan/HasNoRequests '' "$(grep -E '^\.(TH|SH|TP|B|PP)' <<<"$out")"
fi
# A terminal gets lines that fit. Only a command that fixes something stays in one line, so that it can be copied.
if has script; then
  run script -qec "stty cols 80; '$immure' doctor" /dev/null
  same DoctorFitsATerminal '' "$(tr -d '\r' <<<"$out" | grep -vE 'to (fix|close)' | awk 'length > 80')"
  mkdir -p planned
  run script -qec "stty cols 60; '$immure' run --in planned --out plans --dry-run -- sort /in/a" /dev/null
  same DryRunFitsATerminal/ExitCode 0 "$code"
  same DryRunFitsATerminal '' "$(tr -d '\r' <<<"$out" | awk 'length > 60')"
fi
run "$immure" help
holds OverviewFitsAScreen [ "$(wc -l <.stdout)" -le 24 ]

# With --json, each command prints its result for programs.
for command in 'matrix' 'probe --list' 'profile list' 'profile show dynamic' 'profile diff jit jit' 'version' 'manual' 'completion bash'; do
  # shellcheck disable=SC2086 # the words are the arguments
  if "$immure" $command --json 2>.stderr | is_json 2>>.stderr; then ok "JsonIsJson/$command"; else
    not_ok "JsonIsJson/$command" "$(<.stderr)"
  fi
done
expect MatrixHasFortyFiveTests 0 '^#45' "$immure" matrix
holds MatrixMarksElevenForASandbox [ "$("$immure" matrix | grep -c '^#[0-9]* *L1 S ')" -eq 11 ]
expect UnknownProfileNamesTheFour 64 'static.*dynamic.*python.*jit' "$immure" profile show nothing
# The text of `profile show` is a file from which a user can start, with the groups of the filter in comments.
"$immure" profile show dynamic >own.toml
expect ProfileThatIsShownIsAProfile 0 '^no difference$' "$immure" profile diff dynamic ./own.toml
holds ProfileShowsItsGroups grep -q '^# threads: Start threads' own.toml
holds NoMaskIsShown bash -c '! grep -E "[0-9]{7}" own.toml'
expect ProfilesThatDifferAre1 1 '^groups:$' "$immure" profile diff static python
holds ProfileDiffIsGolden diff "$root/tests/integration/golden/profile_diff_static_python.txt" \
  <("$immure" profile diff static python)
holds ProfileDiffAsJson bash -c "'$immure' profile diff static jit --json | jq -e '
  .first == \"static\" and any(.differences[]; .kind == \"key\" and .name == \"unsafe_writable_code\" and .second == \"true\")'"
expect UnknownProfileInADiff 64 'nothing: there is no built-in profile of this name' "$immure" profile diff static nothing
expect ProfileDiffWantsTwo 64 'diff and two names or files' "$immure" profile diff static
holds FilterOfAProfileIsExported bash -c "'$immure' export seccomp --profile jit | jq -e 'any(.syscalls[].names[]; . == \"sysinfo\")'"
expect UnknownProfileIsNotExported 64 'nothing: there is no built-in profile of this name' "$immure" export seccomp --profile nothing
expect UnknownShellNamesTheThree 64 'There are bash, zsh and fish' "$immure" completion csh

# A command whose result is lost must not succeed. Each command that prints a result must say so, whether its output is
# full or closed.
expect KeysForTheResultsThatAreLost 0 . "$immure" keygen lost.key
mkdir -p in && echo text >in/a
lost() {
  local kind=$1 name=$2 wanted=70
  shift 2
  # For `rules` the inspector itself answers, with its own exit codes.
  [[ $name != rules ]] || wanted=2
  rm -rf out out.* other.* packed oci
  expect "ALostResultIsAFault/$kind/$name" "$wanted" '^immure(-inspect)?: standard output: (is closed: the result is lost|cannot be written|what the program wrote)' \
    bash -c 'if [[ $0 == full ]]; then exec "$@" >/dev/full; else exec "$@" >&-; fi' "$kind" "$immure" "$@"
}
for kind in full closed; do
  if [[ $kind == full && ! -w /dev/full ]]; then continue; fi
  lost $kind run run --in in --out out --no-evidence -- cat /in/a
  lost $kind run-json run --in in --out out --no-evidence --json -- true
  lost $kind dry-run run --in in --out out --no-evidence --dry-run -- true
  lost $kind verify verify nothing.json --key lost.pub --json
  lost $kind several verify nothing.json no.json --key lost.pub
  lost $kind packet packet --in in -- cat /in/a
  lost $kind export export seccomp
  lost $kind ci ci --url https://example.org/immure github cat /in/a
  lost $kind keygen keygen other.key
  lost $kind rules inspect rules
  lost $kind doctor doctor --venue native
  for command in matrix 'probe --list' 'probe show exec/execve' 'profile list' 'profile show dynamic' manual version \
    'completion bash' help 'help run' 'run --help'; do
    # shellcheck disable=SC2086 # the words are the arguments
    lost $kind "${command// /-}" $command
  done
done
run bash -c '"$1" help >&- 2>&-' _ "$immure"
if ((code == 70)); then ok ClosedDescriptorsAreHeld; else not_ok ClosedDescriptorsAreHeld "code $code"; fi
expect WithNothingToSayNothingIsLost 0 '' bash -c 'exec "$@" >&-' _ "$immure" run --in in --out silent --no-evidence -- true

# The shells must accept their completions, and the completions must offer what exists.
"$immure" completion bash >immure.bash
cat >complete.bash <<'END'
source ./immure.bash
COMP_WORDS=(immure "$@") COMP_CWORD=$#
_immure
printf '%s\n' "${COMPREPLY[@]}"
END
holds BashCompletesCommands grep -qx verify <(bash complete.bash ver)
holds BashCompletesOptions grep -qx -- --artifacts <(bash complete.bash verify --a)
holds BashCompletesChoices grep -qx native <(bash complete.bash run --venue n)
for shell in zsh fish; do
  if ! command -v $shell >/dev/null; then
    skip "CompletionIsAccepted/$shell" tool "needs $shell"
    continue
  fi
  "$immure" completion $shell >"immure.$shell"
  holds "CompletionIsAccepted/$shell" $shell -n "immure.$shell"
done
if command -v fish >/dev/null; then
  HOME=$here fish -c "source immure.fish; complete -C 'immure verify --art'" >.fish 2>&1
  holds FishCompletesOptions grep -q -- --artifacts .fish
fi

if command -v man >/dev/null; then
  "$immure" manual >immure.1
  run man --warnings -l immure.1
  if ((code == 0)) && [[ -z $err ]] && grep -q 'EXIT STATUS' <<<"$out"; then ok ManualPageIsClean; else
    not_ok ManualPageIsClean "$err"
  fi
else
  skip ManualPageIsClean tool 'needs man'
fi

# Keys.
expect KeygenWritesBothHalves 0 'public key: +host.pub' "$immure" keygen host.key
holds PrivateKeyIsPrivate [ "$(stat -c %a host.key)" = 600 ]
holds PublicKeyIsPublic [ "$(stat -c %a host.pub)" = 644 ]
cp host.key before.key
expect KeygenNeverOverwrites 64 'host\.(pub|key)' "$immure" keygen host.key
holds TheKeyIsStillTheSame cmp -s host.key before.key
rm host.key
expect KeygenKeepsAPublicHalfThatIsThere 64 'host\.pub' "$immure" keygen host.key
holds NoPrivateHalfIsLeft [ ! -e host.key ]
expect KeygenRefusesThePublicName 64 'is the name of a public key' "$immure" keygen other.pub
expect KeygenIntoNowhere 64 'nowhere' "$immure" keygen nowhere/host.key
"$immure" keygen --json third.key >third.json
holds KeygenJsonIsJson is_json <third.json
finish
