#!/bin/bash
# Runs the example client against servers that others wrote: npm `ws` and Python `websockets`, over ws and wss. Then a client
# that compresses, against these, aiohttp and tornado.
#
#   tests/interop.sh            the example of the mio adapter
#   tests/interop.sh CLIENT     another binary with the same command line
#
# Installs the servers under target/ on first use. Exit 0 if everything passed.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
here=$root/tests/interop
work=$target/interop
mkdir -p "$work"

cargo build --quiet --manifest-path "$root/Cargo.toml" -p connect-socket-tests --bin certificates
if [ "$#" -eq 0 ]; then
    cargo build --quiet --manifest-path "$root/Cargo.toml" -p connect-socket-mio --example connect
    set -- "$target/debug/examples/connect"
fi
"$target/debug/certificates" "$work/certificates"

# Installed anew when what is asked for has changed.
if ! cmp -s "$here/package-lock.json" "$work/node/package-lock.json"; then
    echo "installing npm ws"
    rm -rf "$work/node"
    mkdir "$work/node"
    cp "$here/package.json" "$here/package-lock.json" "$work/node/"
    if ! timeout 300 npm ci --prefix "$work/node" --no-audit --no-fund --silent </dev/null; then
        rm -rf "$work/node"
        exit 1
    fi
fi
if ! cmp -s "$here/requirements.txt" "$work/python/requirements.txt"; then
    echo "installing Python websockets"
    rm -rf "$work/python" "$work/pip"
    # A pip of its own, whatever the system has or lacks.
    python3 -m venv "$work/pip"
    timeout 300 "$work/pip/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: --platform any --target "$work/python" -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/python/"
fi

if ! cmp -s "$here/deflate/requirements.txt" "$work/deflate/requirements.txt"; then
    echo "installing servers that compress"
    rm -rf "$work/deflate"
    python3 -m venv "$work/deflate"
    timeout 300 "$work/deflate/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: -r "$here/deflate/requirements.txt"
    cp "$here/deflate/requirements.txt" "$work/deflate/"
fi

export NODE_PATH=$work/node/node_modules
cargo build --quiet --manifest-path "$root/Cargo.toml" -p connect-socket-tests --bin compressed
timeout 300 "$work/deflate/bin/python" "$here/deflate/run.py" "$target/debug/compressed"
export PYTHONPATH=$work/python
timeout 300 python3 "$here/run.py" "$1" "$work/certificates" \
    "npm ws=node '$here/npm_ws.js'" \
    "Python websockets=python3 '$here/python_websockets.py'"
