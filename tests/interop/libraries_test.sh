#!/bin/bash
# Other people's libraries read what immure signs and reports: securesystemslib, @sigstore/verify, a SARIF schema and a
# JUnit parser. Each library must refuse what immure refuses. usage: libraries_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
modules=$root/build/npm/node_modules

mkdir drop && echo text >drop/a
"$immure" keygen host.key >/dev/null
"$immure" keygen other.key >/dev/null
"$immure" run --in drop --out report --key host.key -- sha256sum /in/a >/dev/null || not_ok ARunForTheTest
"$immure" verify report.evidence.json --key host.pub --sign-result vsa.json --result-key other.key >/dev/null
echo more >>report/extra
jq -c '.payload |= (.[:400] + (if .[400:401] == "A" then "B" else "A" end) + .[401:])' report.evidence.json >altered.json

# --- Signatures
has_python() { /usr/bin/python3 -c "import $1" 2>/dev/null; }
if has_python securesystemslib.keys; then
  # signed FILE KEY: verifies the envelope's signature with securesystemslib, which has no DSSE support in Debian 12.
  signed() {
    /usr/bin/python3 - "$1" "$2" <<'END'
import base64, json, sys
from securesystemslib import keys
envelope = json.load(open(sys.argv[1]))
body = base64.b64decode(envelope['payload'])
kind = envelope['payloadType']
message = b'DSSEv1 %d %s %d %s' % (len(kind), kind.encode(), len(body), body)
der = base64.b64decode(''.join(open(sys.argv[2]).read().split('\n')[1:-2]))
key = {'keytype': 'ed25519', 'scheme': 'ed25519', 'keyid': 'aa', 'keyval': {'public': der[-32:].hex()}}
signature = {'keyid': 'aa', 'sig': base64.b64decode(envelope['signatures'][0]['sig']).hex()}
print('verified' if keys.verify_signature(key, signature, message) else 'refused')
END
  }
  expect SecuresystemslibVerifiesTheEvidence 0 '^verified$' signed report.evidence.json host.pub
  expect SecuresystemslibVerifiesTheResult 0 '^verified$' signed vsa.json other.pub
  expect SecuresystemslibRefusesAnotherKey 0 '^refused$' signed report.evidence.json other.pub
  expect SecuresystemslibRefusesAnotherPayload 0 '^refused$' signed altered.json host.pub
else
  skip Securesystemslib tool 'python3-securesystemslib is not installed'
fi

if command -v node >/dev/null && [ -d "$modules/@sigstore/verify" ]; then
  sigstore() { node "$root/tests/interop/sigstore.mjs" "$modules" "$@"; }
  expect SigstoreVerifiesTheEvidence 0 '^verified ' sigstore host.pub report.evidence.json
  expect SigstoreVerifiesTheResult 0 '^verified ' sigstore other.pub vsa.json
  "$immure" keygen --type p256 ec.key >/dev/null
  "$immure" run --in drop --out ec --key ec.key -- sha256sum /in/a >/dev/null
  expect SigstoreVerifiesP256 0 '^verified ' sigstore ec.pub ec.evidence.json
  for key in host:report ec:ec; do
    "$immure" bundle "${key#*:}.evidence.json" -o "${key%:*}.sigstore.json" >/dev/null
    expect "SigstoreVerifiesTheBundle/${key%:*}" 0 '^verified ' sigstore "${key%:*}.pub" "${key%:*}.sigstore.json"
  done
  expect SigstoreRefusesTheBundleWithAnotherKey 0 '^refused .*SIGNATURE' sigstore host.pub ec.sigstore.json
  jq -c .dsseEnvelope ec.sigstore.json >again.json
  expect TheBundlesEnvelopeIsTheEvidence 0 '^ACCEPTED' "$immure" verify again.json --key ec.pub
  expect SigstoreRefusesAnotherKey 0 '^refused .*SIGNATURE' sigstore other.pub report.evidence.json
  expect SigstoreRefusesAnotherPayload 0 '^refused .*SIGNATURE' sigstore host.pub altered.json
else
  skip Sigstore debian 'needs node, npm and the packages of tests/interop/npm; script/setup installs them from the npm registry'
fi

# --- Reports, for each verdict
schema=$modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json
for verdict in accepted:--key=host.pub rejected:--key=host.pub:--artifacts=report blocked:--key=other.pub; do
  IFS=: read -ra words <<<"$verdict"
  for format in sarif junit; do
    "$immure" verify report.evidence.json "${words[@]:1}" --format $format >"${words[0]}.$format"
  done
done
valid_sarif() {
  /usr/bin/python3 - "$schema" "$1" <<'END'
import json, jsonschema, sys
schema, log = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft4Validator.check_schema(schema)
sys.exit(0 if jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).is_valid(log) else 1)
END
}
if has_python jsonschema && [ -f "$schema" ]; then
  for verdict in accepted rejected blocked; do holds "SarifIsValid/$verdict" valid_sarif $verdict.sarif; done
  jq '.runs[0].results[0].level = "fatal"' rejected.sarif >wrong.sarif
  holds WrongSarifIsNotValid eval '! valid_sarif wrong.sarif'
else
  skip SarifSchema debian 'needs python3-jsonschema, and the schema in tests/interop/npm, which script/setup installs from the npm registry'
fi
# tally FILE: prints the numbers of tests, failures and errors, as the parser counts them case by case.
tally() {
  /usr/bin/python3 - "$1" <<'END'
import junitparser, sys
suites = junitparser.JUnitXml.fromfile(sys.argv[1])
kinds = [type(result) for suite in suites for case in suite for result in (case.result or [None])]
failures, errors = kinds.count(junitparser.Failure), kinds.count(junitparser.Error)
said = (sum(s.tests for s in suites), sum(s.failures for s in suites), sum(s.errors for s in suites))
assert said == (len(kinds), failures, errors), (said, len(kinds), failures, errors)
print(f'{failures} failures, {errors} errors, {sum(s.skipped for s in suites)} skipped')
END
}
if has_python junitparser; then
  expect JunitOfAccepted 0 '^0 failures, 0 errors, 0 skipped$' tally accepted.junit
  expect JunitOfRejected 0 '^2 failures, 0 errors, 0 skipped$' tally rejected.junit
  expect JunitOfBlocked 0 '^0 failures, [1-9][0-9]* errors, 0 skipped$' tally blocked.junit
else
  skip Junitparser tool 'python3-junitparser is not installed'
fi
finish
