#!/usr/bin/env bash
# usage: bench/speed.sh [MEMBERS [DEGREE]]: makes an R-MAT graph, measures the engine on it, then igraph, scikit-network
# and scipy on the same file (if Python has them: pip install numpy scipy igraph scikit-network).
set -euo pipefail
cd "$(dirname "$0")/.."
members=${1:-1000000} degree=${2:-20}
mkdir -p target/bench
file=target/bench/rmat_$members.bin
cargo build --release -q -p trust --example speed
speed=target/release/examples/speed
[ -f "$file" ] || "$speed" generate "$members" "$degree" "$file"
"$speed" ask "$file" 5000 | tee target/bench/engine.txt
if python3 -c 'import scipy' 2>/dev/null; then
  python3 bench/libraries.py "$file" target/bench/engine.txt
else
  echo "The libraries are not installed: pip install numpy scipy igraph scikit-network"
fi
