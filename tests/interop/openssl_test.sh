#!/usr/bin/env bash
# Another project's program checks what immure writes: openssl reads the keys and verifies the envelope's signature over
# the pre-authentication encoding of DSSE 1.0.2, which this test builds without immure. usage: openssl_test.sh
# DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
for tool in openssl jq basenc; do
  command -v "$tool" >/dev/null || { skip Interop tool "needs $tool"; finish; }
done

mkdir drop && echo text >drop/a
"$immure" keygen host.key >/dev/null 2>&1
export IMMURE_CACHE=$here/cache
"$immure" run --in drop --out report --key host.key --evidence e.json -- /usr/bin/sha256sum /in/a >/dev/null || not_ok ARunForTheTest

if openssl pkey -in host.key -noout 2>/dev/null; then ok OpensslReadsThePrivateKey; else not_ok OpensslReadsThePrivateKey; fi
if openssl pkey -in host.key -pubout 2>/dev/null | cmp -s - host.pub; then ok OpensslDerivesTheSamePublicKey; else not_ok OpensslDerivesTheSamePublicKey; fi

# verifies FILE KEY: true if openssl verifies the signature of the envelope.
verifies() {
  jq -r .payload "$1" | basenc -d --base64 >body
  jq -r '.signatures[0].sig' "$1" | basenc -d --base64 >signature
  local type
  type=$(jq -r .payloadType "$1")
  { printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(stat -c %s body)"; cat body; } >pae
  local digest=()
  if openssl pkey -pubin -in "$2" -noout -text | grep -q prime256v1; then digest=(-digest sha256); fi
  openssl pkeyutl -verify -pubin -inkey "$2" -rawin "${digest[@]}" -in pae -sigfile signature >/dev/null 2>&1
}
if verifies e.json host.pub; then ok OpensslVerifiesTheSignature; else not_ok OpensslVerifiesTheSignature; fi
if [ "$(jq -r '.signatures | length' e.json)" = 1 ]; then ok OneSignature; else not_ok OneSignature; fi
if [ "$(jq -r ._type body)" = https://in-toto.io/Statement/v1 ]; then ok StatementIsInToto; else not_ok StatementIsInToto; fi
spki=$(openssl pkey -pubin -in host.pub -outform DER | sha256sum | cut -d' ' -f1)
if [ "$(jq -r '.signatures[0].keyid' e.json)" = "$spki" ]; then ok KeyIdIsTheDigestOfTheSpki; else not_ok KeyIdIsTheDigestOfTheSpki; fi

# openssl must refuse what immure refuses.
"$immure" keygen other.key >/dev/null 2>&1
if verifies e.json other.pub; then not_ok OpensslRefusesAnotherKey; else ok OpensslRefusesAnotherKey; fi
"$immure" verify e.json --key other.pub >/dev/null 2>&1
if [ $? -eq 3 ]; then ok AnotherKeyIsBlocked; else not_ok AnotherKeyIsBlocked; fi
jq -c '.payload |= (.[:400] + (if .[400:401] == "A" then "B" else "A" end) + .[401:])' e.json >altered.json
if verifies altered.json host.pub; then not_ok OpensslRefusesAnAlteredPayload; else ok OpensslRefusesAnAlteredPayload; fi
"$immure" verify altered.json --key host.pub >/dev/null 2>&1
if [ $? -eq 3 ]; then ok AnAlteredPayloadIsBlocked; else not_ok AnAlteredPayloadIsBlocked; fi
# A key that openssl made must work like a key that immure made.
openssl genpkey -algorithm ed25519 -out theirs.key 2>/dev/null && chmod 600 theirs.key && openssl pkey -in theirs.key -pubout -out theirs.pub
"$immure" run --in drop --out report2 --key theirs.key --evidence t.json -- /usr/bin/sha256sum /in/a >/dev/null
if "$immure" verify t.json --key theirs.pub >/dev/null && verifies t.json theirs.pub; then ok AKeyThatOpensslMade; else not_ok AKeyThatOpensslMade; fi

# Do the same with ECDSA on P-256, by keys of immure and of openssl.
"$immure" keygen --type p256 ec.key >/dev/null 2>&1
if openssl pkey -in ec.key -pubout 2>/dev/null | cmp -s - ec.pub; then ok OpensslDerivesTheSameP256Key; else not_ok OpensslDerivesTheSameP256Key; fi
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec2.key 2>/dev/null && chmod 600 ec2.key && openssl pkey -in ec2.key -pubout -out ec2.pub
for key in ec ec2; do
  "$immure" run --in drop --out "$key" --key $key.key --evidence $key.json -- /usr/bin/sha256sum /in/a >/dev/null
  if "$immure" verify $key.json --key $key.pub >/dev/null && verifies $key.json $key.pub; then ok "P256/$key"; else not_ok "P256/$key"; fi
done
if verifies ec.json ec2.pub; then not_ok OpensslRefusesAnotherP256Key; else ok OpensslRefusesAnotherP256Key; fi
for key in ec2.pub host.pub; do
  "$immure" verify ec.json --key $key >/dev/null 2>&1
  if [ $? -eq 3 ]; then ok "P256AnotherKeyIsBlocked/$key"; else not_ok "P256AnotherKeyIsBlocked/$key"; fi
done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key 2>/dev/null && chmod 600 p384.key
"$immure" run --in drop --out none --key p384.key -- /usr/bin/sha256sum /in/a >/dev/null 2>said
if [ $? -eq 3 ] && grep -q 'on another curve' said; then ok AnotherCurveIsNamed; else not_ok AnotherCurveIsNamed; fi
finish
