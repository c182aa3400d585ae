#!/usr/bin/env bash
# Installs the vendor's clients into a folder of their own and runs their tests against the program.
#
# The folder lies outside the checkout, where an ordinary user can read it: the tests run programs
# inside instances as such a user. ROLECALL_CLIENTS names another folder.
set -euo pipefail
cd "$(dirname "$0")"

# The system's own Python: an ordinary user may not be able to enter the folder of another one.
python=/usr/bin/python3
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "clients: python3 with venv is missing; on Debian: apt-get install python3-venv" >&2
  exit 1
fi

want=$(sha256sum requirements.txt | cut -c1-16)
folder=${ROLECALL_CLIENTS:-/var/tmp/rolecall-clients-$(id -u)-$want}
if [ ! -f "$folder/installed" ]; then
  rm -rf "$folder"
  umask 022
  "$python" -m venv "$folder"
  "$folder/bin/pip" install --quiet --requirement requirements.txt
  touch "$folder/installed"
fi

exec "$folder/bin/python" -m pytest -p no:cacheprovider -q "${@:-.}"
