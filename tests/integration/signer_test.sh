#!/usr/bin/env bash
# Tests --signer: a command of the operator signs the evidence, and immure never sees the private key.
# usage: signer_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=120

# run_with NAME CODE PATTERN KEY COMMAND [OPTIONS...]: makes a run in which COMMAND signs the evidence.
run_with() {
  local name=$1 wanted=$2 pattern=$3 key=$4 command=$5
  shift 5
  rm -rf out e.json
  expect "$name" "$wanted" "$pattern" "$immure" run --in in --out out --key "$key" --signer "$command" --evidence e.json \
    "$@" -- cp /in/a /out/a
}

fixtures() {
  mkdir in
  echo text >in/a
  "$immure" keygen host.key >/dev/null
  "$immure" keygen --type p256 curve.key >/dev/null
  "$immure" keygen other.key >/dev/null
}

openssl_signs() {
  local i
  run_with Ed25519 0 '' host.pub 'openssl pkeyutl -sign -rawin -inkey host.key -in /dev/stdin'
  expect Ed25519/IsAccepted 0 '^ACCEPTED' "$immure" verify e.json --key host.pub --artifacts out
  expect Ed25519/OfNoOtherKey 3 'signature' "$immure" verify e.json --key other.pub
  run_with P256 0 '' curve.pub 'openssl dgst -sha256 -sign curve.key'
  expect P256/IsAccepted 0 '^ACCEPTED' "$immure" verify e.json --key curve.pub
  # Half of openssl's signatures have the larger s, which verifiers do not accept. So immure has to write the smaller s.
  for i in 1 2 3 4 5 6; do
    run_with "P256/$i" 0 '' curve.pub 'openssl dgst -sha256 -sign curve.key'
  done
  # The command signs the evidence of a run that is BLOCKED too.
  run_with BlockedRun 3 'BLOCKED' host.pub 'openssl pkeyutl -sign -rawin -inkey host.key -in /dev/stdin' --workdir /nowhere
}

# If the signer fails, immure leaves no evidence and says what failed.
failures_of_the_signer() {
  local none
  run_with WrongKey 70 'is not one of the key' host.pub 'openssl pkeyutl -sign -rawin -inkey other.key -in /dev/stdin'
  run_with NoSignature 70 'printed no signature' host.pub 'cat >/dev/null'
  run_with NotASignature 70 'of 5 bytes, is not one of the key' host.pub 'echo four'
  run_with Flood 70 'is not one of the key' host.pub 'head -c 10000000 /dev/zero'
  run_with Fails 70 'ended with 7: no token' host.pub 'echo no token >&2; exit 7'
  run_with IsNotThere 70 'ended with 127' host.pub /nowhere/signer
  none=$(ls e.json 2>/dev/null)
  same Fails/LeavesNoEvidence '' "$none"
  run_with TakesTooLong 124 'had passed while the evidence was signed' host.pub 'sleep 1000.25 & sleep 1000.5' --timeout 3s
  same TakesTooLong/LeavesNoProcess '' "$(pgrep -f 'sleep 1000.(25|5)')"
  run_with ThePublicKeyMustBeThere 3 'not found' nowhere.pub true
  run_with ThePrivateKeyIsNoPublicKey 3 'a private key where a public key is wanted' host.key true
  expect NeedsKey 64 'needs --key' "$immure" run --in in --out out --signer true -- true
}

# The private key is in a token, and never leaves the token.
token() {
  local module=/usr/lib/softhsm/libsofthsm2.so
  has softhsm2-util && has pkcs11-tool || {
    skip Token package 'softhsm2 and opensc'
    return
  }
  mkdir tokens
  echo "directories.tokendir = $here/tokens" >softhsm2.conf
  export SOFTHSM2_CONF=$here/softhsm2.conf
  local tool=(pkcs11-tool --module "$module" --token-label host --pin 1234)
  softhsm2-util --init-token --free --label host --pin 1234 --so-pin 5678 >/dev/null
  "${tool[@]}" --login --keypairgen --key-type EC:prime256v1 --id 01 --label host >/dev/null 2>&1
  "${tool[@]}" --read-object --type pubkey --id 01 --output-file token.der >/dev/null 2>&1
  openssl pkey -pubin -inform DER -in token.der -out token.pub
  local sign="${tool[*]} --login --sign --mechanism ECDSA --id 01 --input-file /dev/stdin --output-file /dev/stdout"
  run_with Token 0 '' token.pub "openssl dgst -sha256 -binary | $sign 2>/dev/null"
  # A token returns r and s as 64 bytes, and pkcs11-tool can also write both numbers in DER.
  run_with TokenInDer 0 '' token.pub "openssl dgst -sha256 -binary | $sign --signature-format openssl 2>/dev/null"
  expect Token/IsAccepted 0 '^ACCEPTED' "$immure" verify e.json --key token.pub
}

# The private key is in a TPM, and a program plays the TPM.
tpm() {
  has swtpm && has tpm2_sign || {
    skip Tpm package 'swtpm and tpm2-tools'
    return
  }
  mkdir tpm
  swtpm socket --tpm2 --tpmstate "dir=$here/tpm" --server "type=unixio,path=$here/tpm/socket" \
    --ctrl "type=unixio,path=$here/tpm/socket.ctrl" --flags not-need-init,startup-clear --daemon --pid "file=$here/tpm/pid"
  at_exit+=(end_tpm)
  export TPM2TOOLS_TCTI=swtpm:path=$here/tpm/socket
  # The TPM has room for three loaded keys and no resource manager, so unload the keys after each step.
  tpm2_createprimary -Q -C o -G ecc256 -c tpm/primary.ctx && tpm2_flushcontext -t &&
    tpm2_create -Q -C tpm/primary.ctx -G ecc256:ecdsa-sha256 -u tpm/key.pub -r tpm/key.priv && tpm2_flushcontext -t &&
    tpm2_load -Q -C tpm/primary.ctx -u tpm/key.pub -r tpm/key.priv -c tpm/key.ctx && tpm2_flushcontext -t &&
    tpm2_evictcontrol -Q -C o -c tpm/key.ctx 0x81010001 && tpm2_flushcontext -t &&
    tpm2_readpublic -Q -c 0x81010001 -f pem -o tpm.pub
  run_with Tpm 0 '' tpm.pub 'tpm2_sign -Q -c 0x81010001 -g sha256 -f plain -o /dev/stdout'
  expect Tpm/IsAccepted 0 '^ACCEPTED' "$immure" verify e.json --key tpm.pub
}
end_tpm() { kill "$(<"$here/tpm/pid")"; }

everybody fixtures openssl_signs failures_of_the_signer token tpm
