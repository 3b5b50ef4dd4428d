#!/usr/bin/env bash
# Every reason code in the sources is documented, and every documented code exists.
# usage: reason_codes_test.sh [DIRECTORY-OF-PROGRAMS]
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
cd "$root" || exit 70
# Reason codes are the words with a hyphen in these sources, except for names of limits and profile keys.
in_sources=$(grep -rhoE '"[a-z]+(-[a-z0-9]+)+"' src/judge/*.cpp src/verify/*.cpp src/evidence/statement.cpp src/evidence/envelope.cpp | tr -d '"' |
  grep -vxE 'address-space|core-file-size|cpu-time|locked-memory|msgqueue-size|open-files|output-bytes|output-files|pending-signals|wall-clock' | sort -u)
documented=$(grep -E '^\|' docs/reason-codes.md | cut -d'|' -f2 | grep -oE '`[a-z]+(-[a-z0-9]+)+`' | tr -d '`' | sort -u)
same EveryCodeIsDocumented '' "$(comm -23 <(echo "$in_sources") <(echo "$documented"))"
same EveryDocumentedCodeExists '' "$(comm -13 <(echo "$in_sources") <(echo "$documented"))"
finish
