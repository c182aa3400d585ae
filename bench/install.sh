#!/usr/bin/env bash
# Installs what `bench/run.py` measures with and beside, on Debian and Ubuntu.
set -euo pipefail
apt-get update -qq
# Debian starts the nginx that it installs where there is an init system; the measurement starts its own.
apt-get install --yes --quiet --no-install-recommends nginx-light wrk util-linux
