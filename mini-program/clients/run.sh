#!/bin/bash
# Runs clients of others in the host, over both adapters, ws and wss: MQTT.js against mosquitto and aedes, socket.io-client,
# @stomp/stompjs, graphql-ws and reconnecting-websocket. Checks my.d.ts against the published types, too.
#
#   mini-program/clients/run.sh               as many messages as the figures in README are for
#   MESSAGES=1000 mini-program/clients/run.sh
#   mini-program/clients/run.sh 'smol, wss'   only the runs whose names match this regular expression
#   NODE=1 mini-program/clients/run.sh killed the same over `ws` in Node, without the host, to compare with
#
# Installs what it needs under target/ on first use, and mosquitto from the system's packages. Exit 0 if everything passed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
work=$CARGO_TARGET_DIR/clients
mkdir -p "$work"

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p connect-socket-tests --bin certificates
cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p mini-program
"$CARGO_TARGET_DIR/debug/certificates" "$work/certificates"

# Installed anew when what is asked for has changed. npm compares each package with the hash in the lock file.
if ! cmp -s "$here/package-lock.json" "$work/installed.json"; then
    echo "installing clients and servers"
    rm -rf "$work/npm"
    mkdir "$work/npm"
    cp "$here/package.json" "$here/package-lock.json" "$work/npm/"
    timeout 300 npm ci --prefix "$work/npm" --ignore-scripts --no-audit --no-fund --silent </dev/null
    cp "$here/package-lock.json" "$work/installed.json"
fi
cp "$here"/*.js "$here"/*.mjs "$work/npm/"
cp "$here/../websocket.js" "$work/"

"$here/../types/check.sh" "$work/npm" "$work/types"

# mosquitto's listener for WebSocket is on every interface, so it gets a network of its own.
network=(unshare -n)
if ! "${network[@]}" ip link set lo up 2>/dev/null; then
    echo "no network namespace can be made here: aedes is the only broker"
    exec env NO_MOSQUITTO=1 node "$work/npm/run.mjs" "$CARGO_TARGET_DIR/debug/mini-program" "$work/certificates" "$@"
fi
if ! command -v mosquitto >/dev/null; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends mosquitto
fi
# shellcheck disable=SC2016
exec "${network[@]}" bash -c 'ip link set lo up && exec node "$@"' - \
    "$work/npm/run.mjs" "$CARGO_TARGET_DIR/debug/mini-program" "$work/certificates" "$@"
