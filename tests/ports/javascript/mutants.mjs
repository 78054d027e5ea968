// Puts the mistakes of mistakes.mjs into this port, one at a time, and counts those that the committed vectors notice. What
// they do not notice must be listed as equivalent, with the reason.
//
//   node mutants.mjs [NUMBER…]
//
// Exit 1 if a mistake that is no equivalent is not noticed, or an equivalent is; 2 if a mistake does not fit the port.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { MISTAKES } from './mistakes.mjs';

const PORT = fileURLToPath(new URL('.', import.meta.url));
const VECTORS = fileURLToPath(new URL('../../vectors', import.meta.url));
const AT_ONCE = 2;
// A mistake may keep a loop from ending. A whole replay takes about a second.
const MOST_MS = 60_000;

// The port with one text in place of another, which must be there once.
function changed(source, { number, from, to }) {
  const parts = source.split(from);
  if (parts.length !== 2) {
    console.error(`mistake ${number} does not fit: ${parts.length - 1} times ${JSON.stringify(from)}`);
    process.exit(2);
  }
  return parts.join(to);
}

// Which case notices it; null for none.
function notices(mistake, folder) {
  for (const file of readdirSync(PORT)) if (file.endsWith('.mjs')) cpSync(join(PORT, file), join(folder, file));
  writeFileSync(join(folder, mistake.file), changed(readFileSync(join(PORT, mistake.file), 'utf8'), mistake));
  return new Promise((resolve) => {
    const replay = spawn(process.execPath, [join(folder, 'replay.mjs'), '--until-failure', VECTORS]);
    let output = '';
    const limit = setTimeout(() => replay.kill(), MOST_MS);
    replay.stdout.on('data', (data) => { output += data; });
    replay.on('close', (status) => {
      clearTimeout(limit);
      const failed = output.split('\n').find((line) => line.includes('"status":"fail"'));
      if (failed !== undefined) resolve(JSON.parse(failed).id);
      else resolve(status === 0 ? null : 'the replay did not end well');
    });
  });
}

async function worker(queue, report) {
  const folder = mkdtempSync(join(tmpdir(), 'port-'));
  for (let mistake = queue.shift(); mistake !== undefined; mistake = queue.shift()) {
    report(mistake, await notices(mistake, folder));
  }
  rmSync(folder, { recursive: true });
}

const wanted = process.argv.slice(2).map(Number);
const queue = MISTAKES.filter(({ number }) => wanted.length === 0 || wanted.includes(number));
const count = queue.length;
const wrong = [];
const equivalents = [];
const score = {};
await Promise.all(Array.from({ length: AT_ONCE }, () => worker(queue, (mistake, noticed) => {
  const { number, kind, what, equivalent } = mistake;
  if (wanted.length > 0) console.log(`${number} ${what}: ${noticed ?? 'not noticed'}`);
  score[kind] ??= { mistakes: 0, noticed: 0, equivalent: 0 };
  score[kind].mistakes += 1;
  score[kind].noticed += noticed === null ? 0 : 1;
  score[kind].equivalent += equivalent === undefined ? 0 : 1;
  if (equivalent !== undefined) equivalents.push(mistake);
  if ((noticed === null) !== (equivalent !== undefined)) wrong.push([mistake, noticed]);
})));

const line = (kind, { mistakes, noticed, equivalent }) =>
  console.log(`${kind.padEnd(20)} ${String(mistakes).padStart(8)} ${String(noticed).padStart(8)} ${String(equivalent).padStart(10)}`);
console.log('kind                 mistakes  noticed equivalent');
const sum = { mistakes: 0, noticed: 0, equivalent: 0 };
for (const kind of new Set(MISTAKES.map((mistake) => mistake.kind))) {
  if (score[kind] === undefined) continue;
  line(kind, score[kind]);
  for (const name of Object.keys(sum)) sum[name] += score[kind][name];
}
line('all', sum);
for (const { number, what, equivalent } of equivalents.sort((a, b) => a.number - b.number)) {
  console.log(`equivalent: ${number} ${what}: ${equivalent}`);
}
for (const [{ number, what }, noticed] of wrong.sort(([a], [b]) => a.number - b.number)) {
  console.log(noticed === null ? `NOT NOTICED: ${number} ${what}` : `NOTICED by ${noticed}: ${number} ${what}`);
}
process.exitCode = wrong.length > 0 || count === 0 ? 1 : 0;
