#!/usr/bin/env bash
# Installs what is missing, builds everything, runs the whole suite.   tests/run.sh [--long]
#   --long   also the long tests (minutes each)
set -euo pipefail
cd "$(dirname "$0")/.."
long=no
for argument in "$@"; do
  case "$argument" in
    --long) long=yes ;;
    *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
  esac
done

scripts/prepare.sh tests
if ERG_PEERS_PYTHON=$(scripts/peers.sh); then
  export ERG_PEERS_PYTHON
else
  ERG_PEERS_PYTHON=
  [ "${CI:-}" = true ] && { echo "tests: the cross-checks with Python are part of CI"; exit 1; }
fi

options=(-DERG_PEERS_PYTHON="$ERG_PEERS_PYTHON")
# The first time everything is compiled: tests of a folder together, in half the time.
[ -e build/release/CMakeCache.txt ] || options+=(-DERG_TESTS_TOGETHER=ON)
cmake --preset release "${options[@]}" >/dev/null
scripts/build.sh release
status=0
if [ $long = yes ]; then
  ctest --test-dir build/release --no-tests=error --output-on-failure --parallel "$(nproc)" || status=$?
else
  ctest --preset release --parallel "$(nproc)" || status=$?
fi
log=build/release/Testing/Temporary/LastTest.log
if grep -h 'MESSAGE: skipped: \|^skipped: ' "$log" >build/release/skipped.txt 2>/dev/null; then
  echo
  echo "NOT CHECKED, because something is missing on this machine:"
  sed 's/.*skipped: /  /' build/release/skipped.txt | sort -u
fi
exit $status
