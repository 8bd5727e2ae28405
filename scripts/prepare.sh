#!/usr/bin/env bash
# Installs what building and running needs and this machine lacks, through apt. Says what it does; asks for nothing.
set -euo pipefail

# Debian 12 package : what shows that it is here (a command, or a header or package file on the usual paths)
needs=(
  g++:g++ cmake:cmake ninja-build:ninja python3:python3 python3-venv:py=ensurepip gnuplot-nox:gnuplot
  libeigen3-dev:eigen3/Eigen/Core libxtensor-dev:xtensor/xarray.hpp xtl-dev:xtl/xtl_config.hpp
  librandom123-dev:Random123/philox.h nlohmann-json3-dev:nlohmann/json.hpp libcli11-dev:CLI/CLI.hpp
)
for_tests=(doctest-dev:doctest/doctest.h libbenchmark-dev:benchmark/benchmark.h clang-format-14:clang-format-14
           clang-tidy-14:clang-tidy-14 doxygen:doxygen)
[ "${1:-}" = tests ] && needs+=("${for_tests[@]}")

here() {
  case "$1" in
    py=*) python3 -c "import ${1#py=}" 2>/dev/null ;;
    */*) [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}
missing=()
for need in "${needs[@]}"; do here "${need#*:}" || missing+=("${need%%:*}"); done

# Without apt-get or the right to use it: fine as long as there is something to build with.
go_without() {
  for tool in g++ cmake ninja; do
    command -v "$tool" >/dev/null || { echo "prepare: nothing can be built without $tool"; exit 1; }
  done
  echo "prepare: going on without. Header libraries that CMake does not find it fetches at pinned commits (docs/building.md)."
}
if [ ${#missing[@]} = 0 ]; then
  echo "prepare: everything is here"
elif ! command -v apt-get >/dev/null; then
  echo "prepare: no apt-get on this machine. Install your own way what Debian 12 calls: ${missing[*]}"
  go_without
elif [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
  echo "prepare: neither root nor sudo is here. As root: apt-get install ${missing[*]}"
  go_without
else
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  echo "prepare: installing with apt-get: ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

version=$(g++ -dumpversion | cut -d. -f1)
[ "$version" -ge 12 ] || { echo "prepare: g++ $version is too old, 12 is the first that will do"; exit 1; }
