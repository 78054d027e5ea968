#!/bin/bash
# Runs the Autobahn suite against our client and compares every verdict with tests/autobahn/expected.json.
#
#   tests/autobahn.sh                 our agent over the mio adapter (tests/src/bin/autobahn.rs, which that builds)
#   tests/autobahn.sh target/release/autobahn --adapter smol
#   tests/autobahn.sh COMMAND [ARG…]  another agent: it is given the server's url and a name
#   tests/autobahn.sh --all […]       all 517 cases; without it, a part of sections 12 and 13 (compression), whose sizes
#                                     take minutes
#   tests/autobahn.sh --wss […]       over TLS, and then sections 1, 2, 7, 9, 12 and 13
#   tests/autobahn.sh --everything    all 517 cases through every adapter, and all of those sections over TLS through the
#                                     first: an hour, and more on a busy machine
#
# Installs the suite under target/ on first use. Exit 0 if every verdict is the expected one.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
suite=$target/autobahn/suite
report=$target/autobahn/report
log=$target/autobahn/server.log
mkdir -p "$target/autobahn"

build() {
    cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p connect-socket-tests --bin autobahn
}

if [ "${1-}" = --everything ]; then
    build
    failed=0
    for adapter in mio smol tokio; do
        echo "all cases through $adapter"
        "$0" --all "$target/release/autobahn" --adapter "$adapter" || failed=1
    done
    echo "over TLS, through mio"
    "$0" --all --wss "$target/release/autobahn" || failed=1
    exit "$failed"
fi

selection=part limit=240 secure=()
if [ "${1-}" = --all ]; then
    selection=all limit=14400
    shift
fi
if [ "${1-}" = --wss ]; then
    selection=wss-$selection secure=(--wss)
    shift
fi

if [ "$#" -eq 0 ]; then
    build
    set -- "$target/release/autobahn"
fi

# The suite is installed anew when what is asked for has changed.
if ! cmp -s "$root/tests/autobahn/requirements.txt" "$suite/requirements.txt"; then
    echo "installing the Autobahn suite"
    rm -rf "$suite"
    python3 -m venv "$suite"
    timeout 300 "$suite/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        -r "$root/tests/autobahn/requirements.txt"
    cp "$root/tests/autobahn/requirements.txt" "$suite/requirements.txt"
fi

# Port 0: the system chooses a free one and the server says which. It ends by itself when the agent asks for
# the report, and by the time limit if that never comes.
rm -rf "$report"
# Emptied here, as the server's own shell may do so only after the url is looked for: a run before this one left its own.
: >"$log"
cases=()
while read -r case; do cases+=(-i "$case"); done \
    < <(python3 "$root/tests/autobahn/compare.py" --select "$root/tests/autobahn/expected.json" "$selection")
timeout "$limit" "$suite/bin/kosoku" -m fuzzingserver 127.0.0.1:0 -o "$report" "${cases[@]}" \
    >>"$log" 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

url=
for _ in $(seq 150); do
    url=$(sed -n 's|^fuzzingserver listening on \(ws://.*\)$|\1|p' "$log")
    if [ -n "$url" ] || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
if [ -z "$url" ]; then
    echo "the fuzzing server did not start:" >&2
    cat "$log" >&2
    exit 1
fi

if ! timeout "$((limit - 40))" "$@" ${secure[@]+"${secure[@]}"} "$url" connect-socket </dev/null; then
    echo "the agent did not get through; the server said:" >&2
    tail -n 20 "$log" >&2
    echo "0 passed, 1 failed"
    exit 1
fi
# It exits 1 for verdicts of its own; ours are the expected ones below.
wait "$server" || true
python3 "$root/tests/autobahn/compare.py" "$report/index.json" "$root/tests/autobahn/expected.json" "$selection"
