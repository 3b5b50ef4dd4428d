#!/bin/bash
# The compiler finds the headers of exactly those layers that CMakeLists.txt links a layer with, so an include that points
# up does not compile.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

commands=$bin/../compile_commands.json
if [[ ! -f $commands ]] || ! has g++; then
  skip LayersSeeWhatTheyAreLinkedWith tool 'needs g++ and build/release/compile_commands.json'
  finish
fi
declare -A linked
while read -r name dependencies; do
  linked[$name]=" $name $dependencies "
done < <(sed -n 's/^immure_layer(\([a-z]*\) *\(.*\))$/\1 \2/p' "$root/CMakeLists.txt")
# In the inspector, only main.cpp includes the guard.
linked[inspect]=' inspect file text sys '
mapfile -t layers < <(printf '%s\n' "${!linked[@]}" | sort)

# roots_of LAYER: prints the include directories with which the build compiles a source file of the layer.
roots_of() { grep -E "\"command\": .*/src/$1/[^ ]*\.cpp\"" "$commands" | grep -v build_tools | sed -n 1p | grep -oE -- '-I[^ "]+'; }
# header_of LAYER: prints the name of one header of the layer, as an #include names the header.
header_of() { (cd "$root/src" && find "$1" -name '*.hpp' ! -name option_table.hpp | sort | sed -n 1p); }

# One source file asks for a header of every layer, and shows which headers the compiler finds.
for other in "${layers[@]}"; do
  printf '#if __has_include("%s")\nseen %s\n#endif\n' "$(header_of "$other")" "$other"
done >asks.cpp
for layer in "${layers[@]}"; do
  mapfile -t roots < <(roots_of "$layer")
  seen=$(g++ -E -P "${roots[@]}" asks.cpp | sed -n 's/^seen //p' | sort)
  expected=$(for other in "${layers[@]}"; do [[ ${linked[$layer]} != *" $other "* ]] || echo "$other"; done)
  if [[ ${#roots[@]} -gt 0 && $seen == "$expected" ]]; then ok "LayerSeesWhatItIsLinkedWith/$layer"; else
    not_ok "LayerSeesWhatItIsLinkedWith/$layer" "$(diff <(echo "$expected") <(echo "$seen"))"
  fi
done

# The same fact shows as a compiler error if the attester includes the verifier. The twin includes the judge, which the
# attester may include.
mapfile -t roots < <(roots_of attest)
echo '#include "verify/verify.hpp"' >up.cpp
echo '#include "judge/judge.hpp"' >down.cpp
expect AnIncludeThatPointsUpDoesNotCompile 1 'verify/verify.hpp: No such file' \
  g++ -std=gnu++23 -fsyntax-only "${roots[@]}" up.cpp
expect AnIncludeThatPointsDownCompiles 0 '' g++ -std=gnu++23 -fsyntax-only "${roots[@]}" down.cpp
finish
