#!/bin/bash
# Tests what `cmake --install` installs: programs, manual pages, completions, units, and the guard library, which other
# programs find by pkg-config and by CMake. Usage: install_test.sh BIN_DIR
# shellcheck source=tests/harness.bash
source "$(dirname "$0")/../harness.bash"

build=$(dirname "$bin")
for tool in cmake pkg-config g++; do
  has $tool || { skip Install tool "no $tool"; finish; }
done
# Only a build that is complete has all that is installed.
holds BuildHasWhatIsInstalled cmake --build "$build" --parallel 2 --target immure immure-inspect immure-guard manual
holds Install env DESTDIR="$here/root" cmake --install "$build" --prefix /usr
usr=$here/root/usr
lib=$(dirname "$(find "$usr/lib" -name libimmure-guard.a)")
data=$usr/share

# The installed programs.
mkdir drop && echo text >drop/a.txt
export PATH=$usr/bin:$PATH
expect InstalledImmureRuns 0 '.*' immure run --in drop --out report --no-evidence -- sha256sum /in/a.txt
expect InstalledInspectorIsFound 0 '.*' immure inspect drop -o inspected --no-evidence
# The build itself must leave no trace of where it was made.
same ProgramsHaveNoBuildPath '' "$(grep -lF -- "$root" "$usr/bin/immure" "$usr/bin/immure-inspect" "$lib/libimmure-guard.a")"
same NothingHasTheDestination '' "$(grep -rlF -- "$here" "$here/root")"
same FilesBelongToNoBuild '' "$(find "$here/root" -type f -perm /022)"

# The manual pages and completions.
commands=$(immure help --json 2>/dev/null >/dev/null; sed -n 's/^\.SS immure \([a-z]*\).*/\1/p' "$data/man/man1/immure.1")
for command in $commands; do
  [ -s "$data/man/man1/immure-$command.1" ] || not_ok "EachCommandHasAPage/$command" "$(ls "$data/man/man1")"
done
same EachCommandHasAPage "$(wc -l <<<"$commands")" "$(find "$data/man/man1" -name 'immure-*.1' | wc -l)"
if has man; then
  warnings=
  for page in "$data"/man/man1/*.1; do warnings+=$(man --warnings -l "$page" 2>&1 >/dev/null); done
  same ManualPagesAreClean '' "$warnings"
  holds ManualPageOfACommand grep -q -- '--read-back' <(man -l "$data/man/man1/immure-run.1")
else
  skip ManualPagesAreClean tool 'no man'
fi
if has bash; then
  holds BashLoadsTheCompletion grep -qx verify <(bash -c 'source "$1"; COMP_WORDS=(immure ver) COMP_CWORD=1; _immure; printf "%s\n" "${COMPREPLY[@]}"' _ \
    "$data/bash-completion/completions/immure")
fi
# zsh loads the installed file as a function at the first completion, which must already offer something.
if has zsh && has script; then
  cat >complete.zsh <<'END'
fpath=($1 $fpath); autoload -Uz compinit; compinit -u -D
zmodload zsh/zpty; zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''"
zpty -n -w shell $'immure veri\t'
repeat 50; do sleep 0.1; zpty -r -t shell line && print -rn -- "$line"; done
zpty -d shell
END
  HOME=$here timeout 20 zsh -f complete.zsh "$data/zsh/site-functions" >.zsh 2>&1
  if grep -q 'verify' .zsh; then ok ZshCompletesAtTheFirstTab; else not_ok ZshCompletesAtTheFirstTab "$(cat -v .zsh)"; fi
else
  skip ZshCompletesAtTheFirstTab tool 'no zsh or no script'
fi
if has fish; then
  mkdir -p .config/fish
  holds FishLoadsTheCompletion grep -q -- --artifacts <(HOME=$here fish -c "set -p fish_complete_path $data/fish/vendor_completions.d; complete -C 'immure verify --art'")
else
  skip FishLoadsTheCompletion tool 'no fish'
fi

# The guard library: both examples, by both ways. They refuse to start here, and start in a cell.
export PKG_CONFIG_PATH=$lib/pkgconfig
cp -r "$data/doc/immure/examples/guard" guard
# shellcheck disable=SC2046 # the words are the arguments
holds GuardByPkgConfig gcc -Wall -Wextra -Werror -o by-pkg-config guard/guarded.c $(pkg-config --cflags --libs immure-guard)
holds GuardByCMake/Configure cmake -S guard -B guard-build -DCMAKE_PREFIX_PATH="$usr"
holds GuardByCMake/Build cmake --build guard-build
for program in by-pkg-config guard-build/guarded-c guard-build/guarded-cpp; do
  name=GuardRefuses/${program##*/}
  expect "$name" 3 'BLOCKED: ' "./$program"
  expect "GuardAllows/${program##*/}" 0 'the sandbox holds' immure run --in drop --out "out-${program##*/}" --no-evidence -- "./$program"
done

# The units of systemd.
if has systemd-analyze; then
  sed -i "s|=/usr/bin/|=$usr/bin/|; s|=/usr/libexec/|=$usr/libexec/|" "$usr"/lib/systemd/system/immure-drop@.service
  mkdir units
  for kind in service path timer; do cp "$usr/lib/systemd/system/immure-drop@.$kind" "units/immure-drop@vendor.$kind"; done
  run systemd-analyze verify --man=no units/immure-drop@vendor.*
  same UnitsAreClean '0 ' "$code $(grep -i immure <<<"$out$err")"
  sed -i 's/^Type=oneshot/Typo=oneshot/' units/immure-drop@vendor.service
  run systemd-analyze verify --man=no units/immure-drop@vendor.*
  holds UnitsAreClean/AnErrorWouldBeSeen grep -q 'Typo' <<<"$err"
else
  skip UnitsAreClean tool 'no systemd-analyze'
fi

# A drop directory.
drop() { "$usr/libexec/immure/immure-drop" "$here/spool" "$@"; }
drops_in() { find "spool/$1" -mindepth 2 -maxdepth 2 | wc -l; }
for name in first second; do mkdir -p spool/incoming/$name && echo $name >spool/incoming/$name/a; done
immure keygen host.key >/dev/null
expect DropDirectory/WithoutKeyNothingIsLost 3 'no-such.key' drop --key no-such.key -- sha256sum /in/a
same DropDirectory/WithoutKeyDropsWait 2 "$(drops_in working)"
expect DropDirectory/RunsEachDrop 0 '2 runs = 2 ended with 0' drop --key "$here/host.key" -- sha256sum /in/a
same DropDirectory/DropsAreDone 2 "$(drops_in "done")"
# shellcheck disable=SC2046
expect DropDirectory/EvidenceIsAccepted 0 '2 ACCEPTED' immure verify --key host.pub $(find spool/reports -name '*.evidence.json')
same DropDirectory/NothingWaits '' "$(find spool/incoming spool/working -mindepth 1)"
expect DropDirectory/NoDropIsNoError 0 '.*' drop --key "$here/host.key" -- sha256sum /in/a
touch spool/incoming/file && ln -s /etc spool/incoming/link && mkdir spool/incoming/third && echo three >spool/incoming/third/a
expect DropDirectory/OtherThingsArePutAside 1 'is no directory' drop --key "$here/host.key" -- sha256sum /in/a
same DropDirectory/OtherThingsAreKept 2 "$(drops_in refused)"
same DropDirectory/TheDropBesideThemIsDone 3 "$(drops_in "done")"
# A batch that was killed has left the evidence of one drop, and another drop without evidence.
mkdir -p spool/working/killed/{fourth,fifth} spool/reports/killed
echo five >spool/working/killed/fifth/a && echo '{}' >spool/reports/killed/fourth.evidence.json
expect DropDirectory/TakesUpWhatWasInterrupted 0 '1 runs = 1 ended with 0' drop --key "$here/host.key" -- sha256sum /in/a
same DropDirectory/EachDropIsDoneOnce 'fifth.evidence.json' "$(find spool/reports/killed.2 -name '*.evidence.json' -printf '%f\n')"
same DropDirectory/AllAreDone 5 "$(drops_in "done")"
expect DropDirectory/NeedsEvidence 64 'cannot work with --no-evidence' drop --no-evidence -- sha256sum /in/a
# The program decides what its own arguments mean.
expect DropDirectory/ArgumentsAreTheProgramsOwn 0 '.*' drop --key "$here/host.key" -- echo --no-evidence
finish
