#!/usr/bin/env bash
# The main job: installs what is missing, builds, and computes the absolute free energy of an ice crystal from its structure alone.
#   examples/run.sh              cubic ice, 64 molecules, carried over to 216 and 512; results in out/ice-cubic
#   examples/run.sh OPTIONS...   the program with your options (--help lists them)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/prepare.sh
build=build/release
if [ ! -f $build/build.ninja ]; then
  build=build/examples
  cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DERG_TESTS=OFF -DERG_BENCH=OFF -DERG_CUDA=OFF >/dev/null
fi
cmake --build $build --parallel "$(nproc)" --target crystal_free_energy
if [ $# = 0 ]; then
  set -- --crystal ice-cubic --particles 64 --train-seconds 120 --transfer 216,512 --out out/ice-cubic
fi
exec $build/bin/crystal_free_energy "$@"
