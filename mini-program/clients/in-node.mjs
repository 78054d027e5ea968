// Runs scripts in Node, where mqtt goes over `ws`, to compare the host with: node in-node.mjs FILE… -- ARGUMENT…
import fs from 'node:fs';
import vm from 'node:vm';

import mqtt from 'mqtt';

const split = process.argv.indexOf('--');
Object.assign(globalThis, { mqtt, argv: process.argv.slice(split + 1) });
for (const file of process.argv.slice(2, split)) vm.runInThisContext(fs.readFileSync(file, 'utf8'), file);
