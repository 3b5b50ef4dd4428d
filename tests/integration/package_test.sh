#!/bin/bash
# Tests what the packages of a program bring into its image: fonts, plugins, character sets, modules and other data.
# Uses the real programs of this machine, and checks their results. Usage: package_test.sh BIN_DIR
# shellcheck source=tests/harness.bash
source "$(dirname "$0")/../harness.bash"

inputs() {
  mkdir -p drop
  printf '%%!PS\n/Helvetica findfont 24 scalefont setfont 72 700 moveto (Hello packages) show showpage\n' >drop/page.ps
  echo 'digraph { a -> b }' >drop/graph.dot
  echo '<html><body><p>Gr&uuml;&szlig;e</p></body></html>' >drop/page.html
  echo '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="50"><text x="5" y="30" font-size="20">HHHH</text></svg>' >drop/text.svg
  echo '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="50"></svg>' >drop/empty.svg
  printf 'GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' >drop/dot.gif
}

# packed NAME PATTERN PROGRAM ARGUMENT...: with its packages the program must succeed, and its output must match
# PATTERN.
packed() {
  local name=$1 pattern=$2 program=$3
  shift 3
  if ! command -v "$program" >/dev/null; then skip "$name" tool "no $program"; return; fi
  rm -rf "out-$name"
  expect "$name" 0 "$pattern" "$immure" run --closure package --in drop --out "out-$name" --no-evidence -- "$program" "$@"
}

# has NAME FILE COMMAND...: the output of the run NAME must hold the file, and the command must succeed on this file.
has() {
  local name=$1 file=out-$1/$2
  shift 2
  [ -d "out-$name" ] || return 0
  if [ -s "$file" ] && "$@" "$file" >/dev/null 2>&1; then ok "$name/Result"; else not_ok "$name/Result" "$(ls -l "out-$name")"; fi
}

programs() {
  inputs
  packed FileKnowsItsMagic 'GIF image data' file /in/dot.gif
  packed ExiftoolFindsItsModules 'File Type +: GIF' exiftool /in/dot.gif
  packed DotFindsItsPlugins '.*' dot -Tsvg -o /out/graph.svg /in/graph.dot
  has DotFindsItsPlugins graph.svg grep -q '<title>a&#45;&gt;b</title>'
  packed Html2textFindsItsCharacterSets 'Gr' html2text /in/page.html
  packed GhostscriptFindsItsFonts '.*' gs -q -dNOPAUSE -dBATCH -sDEVICE=txtwrite -sOutputFile=/out/text.txt /in/page.ps
  has GhostscriptFindsItsFonts text.txt grep -q 'Hello packages'
  packed IdentifyFindsItsCoders 'GIF 1x1' identify /in/dot.gif
  packed RsvgDrawsTheText '.*' rsvg-convert -o /out/text.png /in/text.svg
  packed RsvgDrawsNoText '.*' rsvg-convert -o /out/empty.png /in/empty.svg
  if [ -d out-RsvgDrawsTheText ]; then
    fact RsvgDrawsTheText/Result "$(($(stat -c %s out-RsvgDrawsTheText/text.png) > $(stat -c %s out-RsvgDrawsNoText/empty.png)))"
  fi
}
fact() { if [ "$2" = 1 ]; then ok "$1"; else not_ok "$1"; fi; }

listing() {
  if [ ! -e /var/lib/dpkg/status ]; then skip PlanNamesThePackages tool "no dpkg"; return; fi
  inputs
  expect PlanNamesThePackages 0 '^ +coreutils [0-9]' \
    "$immure" run --closure package --in drop --out later --dry-run -- sha256sum /in/page.ps
  holds KeyIsMade "$immure" keygen host.key
  holds EvidenceIsAccepted bash -c '"$1" run --closure package --in drop --out signed --key host.key -- sha256sum /in/page.ps &&
    "$1" verify signed.evidence.json --key host.pub --artifacts signed' _ "$immure"
  expect EvidenceNamesThePackages 0 '"packages":\[.*"coreutils [0-9]' \
    python3 -c 'import base64,json,sys;print(base64.b64decode(json.load(open(sys.argv[1]))["payload"]).decode())' signed.evidence.json
  expect UnknownPackageIsRefused 3 'is not an installed package' \
    "$immure" run --package no-such-package --in drop --out none --no-evidence -- sha256sum /in/page.ps
  expect ElfClosureStaysPossible 0 '.*' \
    "$immure" run --closure elf --in drop --out elf --no-evidence -- sha256sum /in/page.ps
  expect OtherClosureIsRefused 64 'cannot be rpm' \
    "$immure" run --closure rpm --in drop --out none --no-evidence -- sha256sum /in/page.ps
}

everybody programs listing
