#!/bin/sh
# Sets up everything the make targets need: the system libraries Martlet opens at run time, and a
# virtual environment in .venv. Says what it does, and does nothing the second time. With
# `libraries` it installs those too that the tests try Martlet's arrays with, and a browser.
set -eu
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

command -v swift >/dev/null 2>&1 ||
  fail "Swift 6.3 is needed: install it from https://www.swift.org/install and put it on PATH."

# A library is there when the dynamic loader finds one of the names that Martlet opens.
has_library() { /sbin/ldconfig -p 2>/dev/null | grep -Eq "$1"; }

missing=""
# Older ones, from 15, serve too; the tests and the benchmark want this one.
has_library 'libLLVM(-(19|2[0-9])\.so|\.so\.(19|2[0-9]))' || missing="$missing libllvm19"
has_library 'libopenblas\.so\.0' || missing="$missing libopenblas0-pthread"
has_library 'libOpenCL\.so\.1' || missing="$missing ocl-icd-libopencl1"
# Any platform will do for the tests; this one needs no GPU.
ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1 || missing="$missing pocl-opencl-icd"

python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || missing="$missing python3"
[ -x .venv/bin/python ] || { [ -n "$python" ] && "$python" -c 'import ensurepip' 2>/dev/null; } ||
  missing="$missing python3-venv"
# A test compiles Cython code against the headers, which the system's Python comes without.
case "$(command -v "${python:-none}")" in
  /usr/bin/*)
    "$python" -c 'import sysconfig as s; open(s.get_path("include") + "/Python.h").close()' \
      2>/dev/null || missing="$missing python3-dev"
    ;;
esac

if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing$missing (apt-get)"
    apt-get update -qq
    # The list is split into words on purpose: one word per package.
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    [ -n "$python" ] || python=python3
  else
    printf 'To install what is missing, run: sudo apt-get install%s\n' "$missing"
    case "$missing " in
      *"python3 "* | *python3-venv*) fail "Python 3.11 or later with venv is needed to go on." ;;
    esac
    say "Going on without: with no libLLVM (15 or later) Martlet interprets its kernels, slowly;" \
      "without OpenBLAS it uses its own matmul; without OpenCL there is no such device."
  fi
fi

# The stamp holds the requirements it was made from, so that editing the list refreshes the
# environment.
stamp=.venv/requirements.stamp
if ! cmp -s Tools/requirements.txt "$stamp"; then
  if [ ! -x .venv/bin/python ]; then
    say "Making the virtual environment .venv with $("$python" --version)"
    "$python" -m venv .venv
  fi
  say "Installing Python packages into .venv:" \
    "$(grep -v '^#' Tools/requirements.txt | tr '\n' ' ')and the photographs in scikit-learn"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r Tools/requirements.txt
  # Only the two photographs in its wheel are wanted, so not its dependencies.
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps scikit-learn
  cp Tools/requirements.txt "$stamp"
fi

# The inspector's page is tested in a browser.
if [ "${1-}" = libraries ] &&
  ! { command -v chromium && command -v chromedriver; } >/dev/null 2>&1
then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing chromium chromium-driver (apt-get)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -qq \
      --no-install-recommends chromium chromium-driver; } >/dev/null ||
      say "Going on without: the tests of the inspector's page in a browser are left out."
  else
    say "Without chromium and chromium-driver the inspector's page is not tested in a browser."
  fi
fi

if [ "${1-}" = libraries ] && ! cmp -s Tools/libraries.txt .venv/libraries.stamp; then
  say "Installing into .venv: $(grep -v '^#' Tools/libraries.txt | tr '\n' ' ')"
  if timeout 600 .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    -r Tools/libraries.txt
  then
    cp Tools/libraries.txt .venv/libraries.stamp
  else
    say "Going on without: the tests of what is missing are left out."
  fi
fi
