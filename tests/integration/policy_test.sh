#!/bin/bash
# Tests policies with the real program: the verifier accepts what a policy names, and each key of the policy refuses
# what this key does not name.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir in etc && echo text >in/a
"$immure" keygen host.key >.stdout
"$immure" keygen other.key >.stdout
mv host.pub other.pub etc/
if ! "$immure" run --in in --out out --key host.key --profile dynamic -- true >.stdout 2>.stderr; then
  skip PoliciesAreObeyed cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
# field NAME: prints a digest from the evidence.
field() {
  python3 -c 'import base64,json,sys
e = json.loads(base64.b64decode(json.load(open("out.evidence.json"))["payload"]))["predicate"]
print(e[sys.argv[1]]["digest"]["sha256"])' "$1"
}
image=$(field image) launcher=$(field launcher) profile=$(field profile) other=$(printf '0%.0s' {1..64})
id=$("$immure" verify out.evidence.json --key etc/host.pub --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["keyId"])')
key=$'[[keys]]\npath = "host.pub"\nroles = ["attester"]\n'

# under NAME CODE PATTERN TEXT [OPTIONS]: verifies the evidence under etc/policy.toml with this text.
under() {
  local name=$1 code=$2 pattern=$3
  printf 'version = 1\n%s\n' "$4" >etc/policy.toml
  expect "$name" "$code" "$pattern" "$immure" verify out.evidence.json --policy etc/policy.toml "${@:5}"
}

under KeyOfThePolicyIsAccepted 0 '^ACCEPTED' "$key"
under KeyByItsIdIsAccepted 0 '^ACCEPTED' $'[[keys]]\nroles = ["attester"]\nid = "'"$id"'"' --key etc/host.pub
under EverythingNamedIsAccepted 0 '^ACCEPTED' "profiles = ['dynamic', '$profile']
venues = ['native']
images = ['$image']
launchers = ['$launcher']
tests = [24, 37, 40, 44]
max_age = '1h'
$key" --artifacts out
under KeyUnlistedIsRefused 3 '\[policy-key\]' $'[[keys]]\npath = "other.pub"\nroles = ["attester"]' --key etc/host.pub
under KeyOfNobodyIsRefused 3 '\[signature-invalid\]' $'[[keys]]\npath = "other.pub"\nroles = ["attester"]'
under KeyOfAVerifierIsRefused 3 '\[policy-key-role\]' $'[[keys]]\npath = "host.pub"\nroles = ["verifier"]'
under ExpiredKeyIsRefused 3 '\[policy-key-validity\]' "${key}until = '2020-01-01T00:00:00Z'"
under KeyOfTheFutureIsRefused 3 '\[policy-key-validity\]' "${key}from = '2100-01-01T00:00:00Z'"
under MissingKeyIsRefused 3 'etc/nowhere.pub.*\[key-unusable\]' $'[[keys]]\npath = "nowhere.pub"\nroles = ["attester"]'
under ProfileIsRefused 1 '\[policy-profile\]' "profiles = ['static']
$key"
under VenueIsRefused 1 '\[policy-venue\]' "venues = ['moon']
$key"
under ImageIsRefused 1 '\[policy-image\]' "images = ['$other']
$key"
under LauncherIsRefused 1 '\[policy-launcher\]' "launchers = ['$other']
$key"
under TestThatWasNotAskedForIsRefused 3 '\[policy-test\]' "tests = [44]
$key"
sleep 2
under AgeIsRefused 3 '\[evidence-stale\]' "max_age = '1s'
$key"
under RefusalsAreJson 1 '"code":"policy-venue"' "venues = ['moon']
$key" --json

under UnknownKeyNamesItsPlace 3 'etc/policy.toml:2:profile: unknown key.*policy-unusable' "profile = ['static']"
under UnknownKeyOfAKeyNamesItsPlace 3 'etc/policy.toml:5:keys.name: unknown key' "${key}name = 'x'"
under WrongTypeNamesItsPlace 3 'etc/policy.toml:2:venues: must be a list' "venues = 'native'"
under NoTomlNamesItsLine 3 'etc/policy.toml:2: ' 'venues'
expect MissingPolicyIsRefused 3 'nowhere.toml.*policy-unusable' "$immure" verify out.evidence.json --policy nowhere.toml
under PolicyWithoutKeysNeedsOne 3 '\[key-missing\]' "venues = ['native']"

# The verifier reads no policy but the named file, in whichever directory the verifier starts.
printf 'version = 1\nvenues = ["moon"]\n' >policy.toml
expect PolicyOfTheCurrentDirectoryIsNotRead 0 '^ACCEPTED' "$immure" verify out.evidence.json --key etc/host.pub
printf 'version = 1\n%s' "$key" >etc/policy.toml
mkdir elsewhere
cd elsewhere || exit 70
expect PathsStartInThePolicysDirectory 0 '^ACCEPTED' "$immure" verify ../out.evidence.json --policy ../etc/policy.toml
finish
