#!/bin/bash
# Tests `report`: the page of the real program for each verdict, and how a browser shows the page.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

page_says() { holds "$1" grep -qF -- "$3" "$2"; }
page_lacks() { if grep -qiE -- "$3" "$2"; then not_ok "$1" "$(grep -oiE -m1 ".{30}$3.{30}" "$2")"; else ok "$1"; fi; }

mkdir in && echo 'some text' >in/a
"$immure" keygen host.key >/dev/null
"$immure" keygen other.key >/dev/null
# A name that contains markup, and a character that reverses the text beside the name.
hostile='/out/<script>document.title="taken"<\script>'$'\xe2\x80\xae''gpj.exe'
run "$immure" run --in in --out made --key host.key "$(command -v cp)" /in/a "$hostile"
holds ARunLeavesEvidence [ "$code" -eq 0 -a -s made.evidence.json ]
report=("$immure" report made.evidence.json --key host.pub)

# --- The same answer as verify's, for each verdict
expect AcceptedIsWritten 0 '^ACCEPTED: ' "${report[@]}" --artifacts made -o accepted.html
page_says AcceptedIsOnThePage accepted.html '<strong class="word">ACCEPTED</strong>'
cp -r made changed && echo more >changed/extra
expect RejectedIsWritten 1 '^REJECTED: ' "${report[@]}" --artifacts changed -o rejected.html
page_says RejectedIsOnThePage rejected.html '<strong class="word">REJECTED</strong>'
page_says TheExtraFileIsNamed rejected.html '<bdi class="v">artifact-extra</bdi>'
expect BlockedIsWritten 3 '^BLOCKED: ' "${report[@]}" --nonce AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA -o blocked.html
page_says BlockedHasTheRun blocked.html 'id="probes"'
expect UnknownKeyIsBlocked 3 'signature-invalid' "$immure" report made.evidence.json --key other.pub -o unknown.html
printf '<script>alert(1)</script>' >junk
expect JunkIsBlocked 3 '^BLOCKED: ' "$immure" report junk --key host.pub -o junk.html
page_says JunkHasAPage junk.html 'cannot be appraised'
page_lacks JunkIsNotShown junk.html 'alert'
run "${report[@]}" --json -o json.html
if is_json <.stdout && [[ $out == *'"verdict":"ACCEPTED"'* ]]; then ok JsonIsTheResult; else not_ok JsonIsTheResult "$out"; fi

# --- Hostile names
page_says MarkupInANameIsText accepted.html '&lt;script&gt;document.title=&quot;taken&quot;&lt;'
page_says TurnedNamesAreWrittenOut accepted.html '⟨U+202E⟩gpj.exe'
for page in accepted rejected blocked unknown junk; do
  page_lacks "NothingRuns/$page" $page.html '<script|<iframe|<object|javascript:| on[a-z]+="'
  page_lacks "NothingIsLoaded/$page" $page.html 'https?:|<link|<img|src=|url\(|@import'
done

# --- What the inspector found
mkdir drop && printf 'ghp_%s\n' "$(printf 'a%.0s' {1..36})" >'drop/<script>document.title="taken"<\script>' && ln -s /etc/passwd 'drop/"><img src=x onerror=alert(1)>'
echo x >$'drop/\xe2\x80\xaegpj.exe' && head -c 30 /dev/zero | gzip -n | head -c 15 >drop/cut.gz
run "$immure" inspect drop -o inspected --key host.key
holds AnInspectionLeavesEvidence [ "$code" -eq 2 -a -s inspected.evidence.json ]
expect AnInspectionIsWritten 0 '^ACCEPTED: ' "$immure" report inspected.evidence.json --key host.pub --artifacts inspected -o inspected.html
page_says ItsFindingsAreOnThePage inspected.html 'GitHub token'
page_says ItsGapsAreOnThePage inspected.html 'NOT everything was inspected.'
page_says ItsSumsAreOnThePage inspected.html '<th scope="row">Bytes, hashed</th>'
page_says ItsNamesAreText inspected.html '&lt;script&gt;document.title=&quot;taken&quot;&lt;'
expect WithoutTheFilesNoFindings 0 '^ACCEPTED: ' "$immure" report inspected.evidence.json --key host.pub -o bare.html
page_lacks WithoutTheFilesNoFindings/page bare.html 'What the inspector found'
page_lacks AnotherProgramsReportIsNotShown accepted.html 'What the inspector found'

# --- The page is written completely or not at all, and replaces no other file
echo "<p>old</p>" >old.html && ln -s old.html link.html && mkdir shut
expect ALinkIsRefused 64 'link.html: is not a regular file' "${report[@]}" -o link.html
holds TheLinksTargetIsUntouched grep -qx "<p>old</p>" old.html
expect AnOldPageIsReplaced 0 ACCEPTED "${report[@]}" -o old.html
page_says TheNewPageIsThere old.html 'ACCEPTED'
sha256sum made.evidence.json host.pub >before
expect TheEvidenceIsNotReplaced 64 'the same file as' "${report[@]}" -o ./made.evidence.json
expect TheKeyIsNotReplaced 64 'the same file as' "${report[@]}" -o host.pub
holds BothAreUntouched sha256sum --quiet -c before
expect ThePageIsNoArtifact 64 'lies inside made' "${report[@]}" --artifacts made -o made/page.html
expect NoDirectoryNoPage 64 'no/page.html' "${report[@]}" -o no/page.html
expect OutputIsDemanded 64 '--output is missing' "${report[@]}"
holds NothingHalfIsLeft [ -z "$(find . -name '.immure*' -o -name page.html)" ]

# --- A browser
if ! command -v chromium >/dev/null || ! command -v node >/dev/null; then
  skip ABrowserShowsThePages tool 'chromium or node is not installed'
  finish
fi
# The twin: the browser complains about what the page's policy forbids, so a page without complaints is a result.
sed 's/<h1>/<h1 style="color:red" onclick="x()">/' accepted.html >tampered.html
sed 's/<html lang="en">/<html>/' junk.html >unfit.html
# axe-core takes long for large tables, so only script/pages gives axe-core all pages.
checked=({accepted,rejected,blocked,inspected}.html junk.html:axe)
[ -n "${IMMURE_SCREENSHOTS:-}" ] && checked=({accepted,rejected,blocked,inspected,junk}.html:axe)
axe=$root/build/npm/node_modules/axe-core/axe.min.js
[ -f "$axe" ] || skip AccessibilityOfThePages debian 'needs axe-core of tests/interop/npm; script/setup installs it from the npm registry'
TMPDIR=$here timeout 600 node "$root/tests/integration/browse.mjs" "$axe" "${checked[@]}" tampered.html unfit.html:axe >browsed 2>.stderr ||
  not_ok TheBrowserEnded "$(tail -n 5 .stderr)"
# found PAGE WHAT: prints what `browse.mjs` said of the page.
found() { jq -r --arg page "$1.html" "select(.page == \$page) | $2" browsed; }
for page in accepted rejected blocked inspected junk; do
  holds "ABrowserShowsThePage/$page" [ "$(found $page '.title' | grep -c ': immure report$')" = 1 ]
  holds "NothingIsComplainedAbout/$page" [ "$(found $page '.complaints | length')" = 0 ]
  holds "NothingIsAskedFor/$page" [ "$(found $page '.requests | length')" = 0 ]
  holds "NothingIsWiderThanTheWindow/$page" [ "$(found $page .overflow)" = false ]
  [ -f "$axe" ] && holds "AxeFindsNothing/$page" [ "$(found $page '.axe | join(", ")')" = '' ]
done
holds ThePolicyForbidsOtherStyles [ "$(found tampered '.complaints | length')" -gt 0 ]
[ -f "$axe" ] && holds AxeFindsWhatIsWrong [ "$(found unfit '.axe | length')" -gt 0 ]
finish
