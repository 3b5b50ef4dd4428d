# The code that the samples of the two walks share. A test sources this file after tests/harness.bash.
# shellcheck shell=bash disable=SC2154 # variables of the harness

# walk_samples WALKER ROOT_EVERY ROOT_FACT USER_EVERY USER USER_FACT: runs a sample of the walk as root, every
# ROOT_EVERYth step, and at the same time a sample as USER, every USER_EVERYth step. Each sample must confirm its fact.
walk_samples() {
  local walker=$bin/../tests/$1 roots users
  "$walker" "$bin" --every "$2" >"$here/root" 2>&1 &
  roots=$!
  "$walker" "$bin" --every "$4" --as "$5" >"$here/user" 2>&1 &
  users=$!
  if wait "$roots"; then ok "$3"; else not_ok "$3" "$(tail -n 40 "$here/root")"; fi
  if wait "$users"; then ok "$6"; else not_ok "$6" "$(tail -n 40 "$here/user")"; fi
}
