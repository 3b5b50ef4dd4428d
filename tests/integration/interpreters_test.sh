#!/bin/bash
# Programs of script languages and of virtual machines must find their own modules in the cell, and must print and write
# the right results. The test needs the languages themselves, and skips each language that is not installed.
# shellcheck source=tests/harness.bash
source "$(dirname "$0")/../harness.bash"

# Use only the languages of this machine: a shim of pyenv or rbenv is a shell script, which another test tries.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export IMMURE_CACHE=$here/cache
mkdir drop project && echo text >drop/a.txt
count=0

# in_cell [OPTION...] -- PROGRAM...: runs a program in a new output directory, $made.
in_cell() {
  count=$((count + 1))
  made=$here/made$count
  run "$immure" run --in drop --out "$made" --no-evidence "$@"
}

# prints NAME WANTED: the last run must have ended with 0 and printed WANTED.
prints() {
  if [[ $code == 0 && $out == "$2" ]]; then ok "$1"; else not_ok "$1" "exit code $code" "$out" "$err"; fi
}

# has TOOL FACT...: true if the tool is installed; otherwise skips the facts.
has() {
  local tool=$1 fact
  shift
  type -P "$tool" >/dev/null && return 0
  for fact in "$@"; do skip "$fact" tool "$tool is not installed"; done
  return 1
}

python_modules() {
  mkdir -p project/kit/data
  echo 'from . import deep; VALUE = deep.VALUE' >project/kit/__init__.py
  echo 'import pathlib; VALUE = (pathlib.Path(__file__).parent / "data" / "v").read_text().strip()' >project/kit/deep.py
  echo from-data >project/kit/data/v
  echo 'NAME = "sibling"' >project/util.py
  echo secret >project/host.key
  cat >project/main.py <<'PY'
#!/usr/bin/python3
import os
import util, kit
print(util.NAME, kit.VALUE, os.path.exists(os.path.join(os.path.dirname(__file__), "host.key")))
PY
  chmod +x project/main.py
  in_cell -- project/main.py
  prints "a python program finds its modules and their data, and nothing else of its directory" \
    "sibling from-data False"
  in_cell -- python3 "$here/project/main.py"
  prints "a python script that is named by its path finds its modules" "sibling from-data False"
  cp -r project/main.py project/util.py project/kit drop/
  in_cell -- python3 /in/main.py
  prints "a python script in the input finds its modules in the input" "sibling from-data False"
  echo 'import missing_for_sure' >project/lacks.py
  in_cell --dry-run -- python3 project/lacks.py
  if [[ $code == 0 && $err == *"note: lacks.py: import missing_for_sure was not found"* ]]; then
    ok "a module that is not there is noted"
  else
    not_ok "a module that is not there is noted" "$code" "$err"
  fi
}

python_environment() {
  local fact="a python environment finds its own modules"
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    skip "$fact" tool "python3-venv is not installed"
    return
  fi
  run python3 -m venv --without-pip "$here/env"
  local site
  site=$(echo "$here"/env/lib/python3*/site-packages)
  mkdir "$site/mine" && echo 'VALUE = 7' >"$site/mine/__init__.py"
  printf '#!%s\nimport mine, sys; print(mine.VALUE, sys.prefix)\n' "$here/env/bin/python" >env/bin/tool
  chmod +x env/bin/tool
  in_cell -- "$here/env/bin/python" -c 'import mine; print(mine.VALUE)'
  prints "$fact" 7
  in_cell -- "$here/env/bin/tool"
  prints "a program of a python environment starts with the environment" "7 /app/env"
}

python_packages() {
  if python3 -c 'import numpy' 2>/dev/null; then
    in_cell -- python3 -c 'import numpy as n; n.random.seed(1); a = n.random.rand(9, 9)
print(n.allclose(n.linalg.inv(a) @ a, n.eye(9))); n.save("/out/a.npy", a)'
    prints "numpy works" True
    run python3 -c 'import sys, numpy; print(numpy.load(sys.argv[1]).shape)' "$made/a.npy"
    prints "a file that numpy wrote can be read" "(9, 9)"
  else
    skip "numpy works" tool "python3-numpy is not installed"
  fi
  local fact="a python program of a package finds its modules"
  if has pyflakes3 "$fact"; then
    printf 'import os\n' >drop/unused.py
    in_cell -- pyflakes3 /in/unused.py
    if [[ $code == 1 && $out == *"'os' imported but unused"* ]]; then
      ok "$fact"
    else
      not_ok "$fact" "$code" "$out" "$err"
    fi
  fi
}

other_modules() {
  mkdir -p project/lib project/node_modules/left/lib project/node_modules/right project/sub
  if has perl "a perl program finds its module"; then
    cat >project/lib/Own.pm <<'PERL'
package Own; sub value { "perl " . $_[0] } 1;
PERL
    cat >project/own.pl <<'PERL'
use FindBin; use lib "$FindBin::Bin/lib"; use Own; print Own::value("own"), "\n";
PERL
    in_cell -- perl "$here/project/own.pl"
    prints "a perl program finds its module" "perl own"
  fi
  if has ruby "a ruby program finds its module"; then
    echo 'def value; "ruby own"; end' >project/lib/own.rb
    printf 'require "json"\nrequire_relative "lib/own"\nputs value, JSON.parse("[1]").sum\n' >project/own.rb
    in_cell -- ruby "$here/project/own.rb"
    prints "a ruby program finds its module" $'ruby own\n1'
  fi
  if has lua5.4 "a lua program finds its module"; then
    echo 'return "lua own"' >project/own.lua
    echo 'print((require("own")))' >project/main.lua
    in_cell -- lua5.4 project/main.lua
    prints "a lua program finds its module" "lua own"
  fi
  if has php "a php program finds its module"; then
    echo '<?php function value() { return "php own"; }' >project/own.php
    cat >project/main.php <<'PHP'
<?php require __DIR__ . "/own.php"; echo value(), preg_match("/o+/", "foo"), "\n";
PHP
    in_cell -- php "$here/project/main.php"
    prints "a php program finds its module" "php own1"
  fi
  node_modules
}

node_modules() {
  local fact="a node program finds its modules and theirs"
  has node "$fact" || return
  echo '{"name":"left","dependencies":{"right":"1"},"main":"lib/l.js"}' >project/node_modules/left/package.json
  echo 'module.exports = "left " + require("right")' >project/node_modules/left/lib/l.js
  echo 'module.exports = "right"' >project/node_modules/right/index.js
  echo 'exports.text = "helper"' >project/sub/helper.js
  echo 'const text = require("left") + " " + require("./sub/helper").text;
    require("fs").writeFileSync("/out/n.txt", text)' >project/main.js
  in_cell -- node "$here/project/main.js"
  if [[ $code != 0 ]]; then
    not_ok "$fact" "$code" "$err"
  else
    run cat "$made/n.txt"
    prints "$fact" "left right helper"
  fi
}

java_archive() {
  local fact="a java archive runs with the whole runtime" java=/usr/lib/jvm/java-17-openjdk-amd64/bin
  has javac "$fact" || return
  [[ -x $java/javac ]] && PATH=$java:$PATH
  mkdir -p classes
  cat >Main.java <<'JAVA'
import java.io.*;
public class Main {
  public static void main(String[] a) throws Exception {
    BufferedReader in = new BufferedReader(new FileReader("/in/a.txt"));
    String text = in.readLine();
    Thread t = new Thread(() -> System.out.println("java " + text));
    t.start(); t.join();
    try (FileWriter file = new FileWriter("/out/j.txt")) { file.write(text); }
  }
}
JAVA
  run javac -d classes Main.java
  run jar --create --file project/main.jar --main-class Main -C classes .
  # If no control group limits the memory, the limit counts address space, of which Java reserves gigabytes.
  local small=(-Xmx128m -XX:CompressedClassSpaceSize=32m -XX:ReservedCodeCacheSize=32m)
  in_cell -- java "${small[@]}" -jar project/main.jar
  prints "$fact" "java text"
  # Start Java by a link of the system, which does not lie beside the runtime.
  [[ -x /usr/bin/java ]] && PATH=/usr/bin:$PATH
  in_cell -- java "${small[@]}" -cp "$here/project/main.jar" Main
  prints "a java class path is packed" "java text"
  run cat "$made/j.txt"
  prints "a java program writes its output" text
}

everybody python_modules python_environment python_packages other_modules java_archive
