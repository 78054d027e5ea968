// Replays the vectors of the suite and prints a result for every case, one JSON object a line.

import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

import { FrameReader, writeFrame } from './frames.mjs';
import { Session, step } from './lifecycle.mjs';
import { checkClose, checkConnect, checkSend } from './params.mjs';

const VECTORS = new URL('../../vectors/', import.meta.url);

// Each gives what came out; null where that is what the case expects.
const REPLAYS = {
  'table.json': (row) => {
    const { next, ended, actions } = step(row, row.event);
    return unless({ next, ended, actions }, row);
  },
  'traces/': (trace) => {
    const session = new Session(trace);
    for (const [index, expected] of trace.steps.entries()) {
      const got = unless(session.input(expected.input), expected);
      if (got !== null) return { step: index, ...got };
    }
    return null;
  },
  'bytes/urls.json': (vector) => {
    const { error, request = null } = checkConnect(vector.call, vector);
    return unless({ result: error === null ? 'valid' : 'invalid', error, request }, vector);
  },
  'bytes/calls.json': ({ call, ...vector }) => {
    const { error, frame = null, payload } = call.do === 'close' ? checkClose(call) : checkSend(call);
    const payloadHex = payload?.toString('hex') ?? null;
    return unless({ result: error === null ? 'valid' : 'invalid', error, frame, payloadHex }, vector);
  },
  'bytes/requests.json': ({ call, keyHex, ...vector }) => {
    const { offered, head } = checkConnect(call, {}, Buffer.from(keyHex, 'hex'));
    return unless({ offered, headHex: head?.toString('hex') }, vector);
  },
  'bytes/frames-in.json': ({ bytesHex, ...vector }) => {
    // It takes byte by byte, so there is no other way to cut them.
    const [reader, bytes] = [new FrameReader(vector), Buffer.from(bytesHex, 'hex')];
    let failsAfter = null;
    for (const [index, byte] of bytes.entries()) {
      reader.push(byte);
      if (reader.fails !== null) failsAfter ??= index + 1;
    }
    return unless({ told: reader.told, fails: reader.fails, failsAfter }, vector);
  },
  'bytes/frames-out.json': ({ send, maskHex, ...vector }) => {
    const frame = writeFrame(send.frame, Buffer.from(send.payloadHex, 'hex'), Buffer.from(maskHex, 'hex'));
    return unless({ bytesHex: frame.toString('hex') }, vector);
  },
};

// Compares the members that `got` has.
function unless(got, expected) {
  const same = Object.entries(got).every(([name, value]) => isDeepStrictEqual(value, expected[name]));
  return same ? null : got;
}

function replay(file, vector) {
  const name = Object.keys(REPLAYS).find((name) => file.startsWith(name));
  if (name === undefined) return ['unsupported', 'this port has no reader of answers, and no sessions'];
  const got = REPLAYS[name](vector);
  return got === null ? ['pass', null] : ['fail', got];
}

function run() {
  const folders = readdirSync(VECTORS, { recursive: true }).map((file) => file.replaceAll('\\', '/'));
  for (const file of folders.filter((file) => /^(table|traces\/.*|bytes\/.*)\.json$/.test(file)).sort()) {
    const { rows, traces, cases } = JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));
    for (const vector of rows ?? traces ?? cases) {
      const [status, got] = replay(file, vector);
      process.stdout.write(`${JSON.stringify({ id: vector.id, status, got })}\n`);
    }
  }
}

run();
