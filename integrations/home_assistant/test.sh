#!/bin/sh
# The integration's tests, in the real Home Assistant and before the project's own API. Both environments are in
# .local/: the project's is made by ./cabinet, this one here, anew when its lock has changed.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
venv=$root/.local/home_assistant
die() { printf '%s\n' "home_assistant: $*" >&2; exit 1; }

"$root/cabinet" --help >/dev/null || die "the project's own environment could not be made"
for bin in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.13*/bin; do
  [ -x "$bin/python3.13" ] && PATH=$PATH:$bin
done
PATH=$root/.local/boot/bin:$root/.local/boot-lib/bin:$PATH
export PATH

stamp="$root $(cksum <"$here/tests/requirements.lock")"
if [ "$(cat "$venv.stamp" 2>/dev/null || true)" != "$stamp" ]; then
  rm -f "$venv.stamp"
  [ -x "$venv/bin/python" ] || uv venv --quiet --python 3.13 "$venv" || die "needs Python 3.13"
  VIRTUAL_ENV=$venv uv pip sync --quiet --require-hashes "$here/tests/requirements.lock" ||
    die "Home Assistant could not be installed: its tests were not run"
  printf '%s' "$stamp" >"$venv.stamp"
fi
cd "$here"
exec "$venv/bin/python" -m pytest -q "$@"
