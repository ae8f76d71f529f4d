# Sourced by scripts/run and scripts/test: makes .venv with everything that is locked. Idempotent; says what it does.
# Needs Python >= 3.11; asks apt for the rest where it may, otherwise prints the line to type.

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf 'edge-agent set-up: %s\n' "$*" >&2
  exit 1
}

# Debian packages that are missing, if any, are installed (root or sudo) or named.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "please install what your system calls ${missing[*]}, then run this again."
  local apt=(apt-get)
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || [ -t 0 ] && command -v sudo >/dev/null ||
      die "please type: sudo apt-get install -y ${missing[*]}    and run this again."
    apt=(sudo apt-get)
  fi
  say "Installing with apt: ${missing[*]}"
  "${apt[@]}" update -qq &&
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt could not install ${missing[*]}; please install them and run this again."
}

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "Python 3.11 or newer is needed. On Debian 12, Raspberry Pi OS and Ubuntu 24.04: sudo apt-get install python3"
}

make_venv() {
  [ -x .venv/bin/python ] && .venv/bin/python -c 'import sys' 2>/dev/null && return
  local python
  python=$(find_python)
  "$python" -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
  say "Making .venv with $python"
  "$python" -m venv --clear .venv || die "the virtual environment could not be made."
}

# uv of the right kind, from PATH or (with checked hashes) from the package index into .venv.
find_uv() {
  if [ -x .venv/bin/uv ]; then uv=.venv/bin/uv
  elif command -v uv >/dev/null; then uv=$(command -v uv)
  else
    say "Installing uv"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r scripts/uv.txt ||
      die "uv could not be installed; is the package index reachable?"
    uv=.venv/bin/uv
  fi
  export UV_PROJECT_ENVIRONMENT="$PWD/.venv" UV_PYTHON="$PWD/.venv/bin/python" UV_NO_PROGRESS=1
}

# What llama.cpp is built for: cpu, cuda or vulkan. It is remembered, so that a later set-up keeps what is there.
GPU_FILE=.venv/llama-cpp-for
choose_gpu() { # [cuda|vulkan|cpu]: none keeps what was chosen before
  gpu=${1:-$(cat "$GPU_FILE" 2>/dev/null || echo cpu)}
  case $gpu in
    cpu) ;;
    cuda) command -v nvcc >/dev/null || die "nvcc is missing: install NVIDIA's CUDA toolkit first (docs/gpu.md)." ;;
    vulkan)
      need_packages libvulkan-dev glslc spirv-headers
      dpkg --compare-versions "$(dpkg-query -W -f='${Version}' libvulkan-dev)" ge 1.3.275 ||
        die "llama.cpp wants newer headers of Vulkan than this system has: Debian 13, Ubuntu 24.04 or newer."
      ;;
    *) die "--gpu knows cuda, vulkan and cpu, not $gpu." ;;
  esac
  [ "$(cat "$GPU_FILE" 2>/dev/null || echo cpu)" = "$gpu" ] ||
    "$uv" pip uninstall -q llama-cpp-python 2>/dev/null || true
  echo "$gpu" >"$GPU_FILE"
}

# llama-cpp-python has no wheel on the package index: its project's own index has, else it is built here.
LLAMA_WHEELS=${EDGE_AGENT_LLAMA_WHEELS:-https://abetlen.github.io/llama-cpp-python/whl}
install_llama() {
  local version wheels
  case $gpu in cuda) wheels=$LLAMA_WHEELS/cu124 ;; *) wheels=$LLAMA_WHEELS/$gpu ;; esac
  version=$(sed -n '/^name = "llama-cpp-python"/{n;s/version = "\(.*\)"/\1/p;}' uv.lock)
  [ "$(.venv/bin/python -c 'from importlib.metadata import version as v; print(v("llama-cpp-python"))' 2>/dev/null)" = "$version" ] && return
  if [ -z "${CMAKE_ARGS:-}" ]; then # CMAKE_ARGS asks for a build of one's own, such as CUDA on a Jetson
    say "llama-cpp-python $version: looking for a ready wheel"
    UV_HTTP_TIMEOUT=5 UV_HTTP_RETRIES=0 timeout 60 "$uv" pip install -q --no-deps --only-binary llama-cpp-python \
      --default-index "$wheels" "llama-cpp-python==$version" 2>/dev/null && return
  fi
  say "No ready wheel: building llama.cpp from source. This takes some minutes (5 on two x86 cores, 20 on a Raspberry Pi 5)"
  command -v cc >/dev/null && command -v c++ >/dev/null || need_packages build-essential
  command -v cmake >/dev/null || need_packages cmake
}

# Virtual machines say that they have AMX, and end whoever uses it with SIGILL; no board or laptop has it. `-march=native`,
# which llama.cpp is built with, would take it. Of a build of one's own nothing is changed.
build_options() {
  case $gpu in
    cuda) printf -- '--config-settings-package=llama-cpp-python:cmake.define.GGML_CUDA=on\n' ;;
    vulkan) printf -- '--config-settings-package=llama-cpp-python:cmake.define.GGML_VULKAN=on\n' ;;
  esac
  [ -z "${CMAKE_ARGS:-}" ] && [ "$(uname -m)" = x86_64 ] || return 0
  printf -- '--config-settings-package=llama-cpp-python:cmake.define.CMAKE_%s_FLAGS=-mno-amx-int8\n' C CXX
}

# What a room with a loudspeaker needs (extra `room`) has wheels for glibc 2.35 and later alone: Debian 12, Ubuntu 22.04.
room_extra() {
  local glibc
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) && glibc=${glibc#glibc } || glibc=0
  if [ "$(printf '%s\n' 2.35 "$glibc" | sort -V | head -1)" = 2.35 ]; then echo --extra=room
  else say "The C library is older than glibc 2.35: no wake word and no echo cancelling"; fi
}

# set_up [uv sync options]: everything above, in order. GPU=cuda|vulkan|cpu chooses what llama.cpp is built for.
set_up() {
  [ "$(uname -s)" = Linux ] || die "this script knows Linux only."
  ldconfig -p 2>/dev/null | grep -q libportaudio.so.2 || need_packages libportaudio2
  make_venv
  find_uv
  choose_gpu "${GPU:-}"
  local log=.venv/setup.log
  # --inexact: what is there beyond the lock (uv itself, a ready llama.cpp wheel) stays.
  "$uv" sync -q --frozen --inexact --no-install-package llama-cpp-python "$@" 2>"$log" ||
    { cat "$log" >&2; die "the packages could not be installed; is the package index reachable?"; }
  install_llama
  # shellcheck disable=SC2046  # options without blanks
  "$uv" sync -q --frozen --inexact $(build_options) "$@" 2>"$log" ||
    { tail -40 "$log" >&2; die "llama.cpp could not be built; the log is in $log."; }
}

# `edge-agent` as the pages write it: a link in ~/.local/bin. Another program of this name there is left alone.
link_program() {
  local place=${HOME:-}/.local/bin link
  link=$place/edge-agent
  [ -n "${HOME:-}" ] && [ "$(readlink "$link" 2>/dev/null)" != "$PWD/.venv/bin/edge-agent" ] || return 0
  if [ -e "$link" ] && [ ! -L "$link" ] || ! mkdir -p "$place" 2>/dev/null; then
    say "The program is $PWD/.venv/bin/edge-agent ($link cannot be made, or is another)"
    return 0
  fi
  ln -sfn "$PWD/.venv/bin/edge-agent" "$link" || return 0
  case ":$PATH:" in
    *":$place:"*) say "The program is edge-agent (a link in $place)" ;;
    *) say "The program is $link; as edge-agent from the next login on, or after: export PATH=\"$place:\$PATH\"" ;;
  esac
}
