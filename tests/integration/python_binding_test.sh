#!/bin/bash
# Uses the Python package of bindings/python: from the tree, and installed with pip.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export PATH=$bin:$PATH IMMURE_CACHE=$here/cache PYTHONDONTWRITEBYTECODE=1

python=/usr/bin/python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  skip PythonBinding tool 'there is no python3 from 3.11 on'
  finish
}

# the_package: prints the facts that tests/integration/python_binding.py finds, and counts those that fail.
the_package() {
  PYTHONPATH=$root/bindings/python "$python" "$root/tests/integration/python_binding.py" >.said 2>&1 ||
    grep -q '^not ok ' .said || echo 'not ok python_binding.py ended early' >>.said
  cat .said
  failures=$((failures + $(grep -c '^not ok ' .said)))
}

installed() {
  "$python" -c 'import setuptools, wheel, pip' 2>/dev/null || {
    skip Installed tool 'pip, setuptools and wheel'
    return
  }
  cp -r "$root/bindings/python" tree
  holds Installs "$python" -m pip install -q --no-build-isolation --no-deps --no-index --disable-pip-version-check \
    --root-user-action=ignore --target installed ./tree
  rm -rf tree
  mkdir pip && echo hi >pip/a
  same InstalledRuns hi "$(PYTHONPATH=installed "$python" -c '
import immure
print(immure.run(["cat", "/in/a"], input="pip", output="pip.out", sign=False).stdout.decode(), end="")')"
}

everybody the_package installed
