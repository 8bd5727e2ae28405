#!/usr/bin/env bash
# Prints the path of a Python with the packages of scripts/peers.txt, which some tests read our files with; makes a virtual
# environment for it outside the checkout the first time. An ERG_PEERS_PYTHON that is set is taken as it is.
# Status 1 and a line on standard error when no package registry can be reached.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
imports='import numpy, ase, safetensors'

if [ -n "${ERG_PEERS_PYTHON:-}" ]; then
  "$ERG_PEERS_PYTHON" -c "$imports" || { echo "peers: ERG_PEERS_PYTHON=$ERG_PEERS_PYTHON lacks packages" >&2; exit 1; }
  echo "$ERG_PEERS_PYTHON"
  exit
fi
peers=${XDG_CACHE_HOME:-$HOME/.cache}/ergodic/peers
stamp=$peers/made-from.txt
if ! cmp -s "$folder/peers.txt" "$stamp" || ! "$peers/bin/python" -c "$imports" 2>/dev/null; then
  echo "peers: installing $(tr '\n' ' ' <"$folder/peers.txt")into $peers" >&2
  rm -rf "$peers"
  mkdir -p "$(dirname "$peers")"
  if ! { python3 -m venv "$peers" && "$peers/bin/python" -m pip install --quiet --retries 2 --requirement "$folder/peers.txt"; } >&2; then
    echo "peers: the Python packages could not be installed" >&2
    exit 1
  fi
  cp "$folder/peers.txt" "$stamp"
fi
echo "$peers/bin/python"
