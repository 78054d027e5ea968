#!/bin/bash
# Checks my.d.ts with tsc: it can take the place of what @mini-types/my publishes, and the scripts and MQTT.js's calls compile
# against it.
#
#   types/check.sh CLIENTS WORK     CLIENTS: where clients/package.json is installed; WORK: a folder to build in
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
clients=$1 work=$2
rm -rf "$work"
mkdir -p "$work"
cp "$here/published.ts" "$here/tsconfig.json" "$here/globals.d.ts" "$here/../my.d.ts" "$work/"
# As modules, since each script has a global scope of its own. Those that pass wrong parameters on purpose are left out.
mkdir "$work/scripts"
cp -r "$here/../scripts/modules" "$here/../scripts/module.mjs" "$work/scripts/"
for script in "$here"/../scripts/*.js; do
    case $(basename "$script") in parameters.js | codes.js | sequences.js | callbacks.js) continue ;; esac
    { cat "$script"; echo 'export {};'; } >"$work/scripts/$(basename "$script")"
done
ln -s "$clients/node_modules" "$work/node_modules"
# The published namespace, as a module.
sed 's/^declare namespace my {/export namespace my {/' \
    "$clients/node_modules/@mini-types/my/types/lib.my.d.ts" >"$work/published-my.d.ts"
grep -q '^export namespace my {' "$work/published-my.d.ts"
"$clients/node_modules/.bin/tsc" --project "$work"
echo "my.d.ts takes the place of @mini-types/my $(node -p "require('$clients/node_modules/@mini-types/my/package.json').version")"
