// Replays the vectors of the suite and prints a result for every case, one JSON object a line.
//
//   node replay.mjs [--until-failure] [FOLDER]

import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { AnswerReader } from './answers.mjs';
import { Inflater, judge } from './deflate.mjs';
import { FrameReader, writeFrame } from './frames.mjs';
import { Session, step } from './lifecycle.mjs';
import { checkClose, checkConnect, checkSend } from './params.mjs';
import { SocketSession } from './session.mjs';

const isBrief = process.argv.includes('--until-failure');
const [, , folder] = process.argv.filter((word) => !word.startsWith('--'));
const VECTORS = folder === undefined ? new URL('../../vectors/', import.meta.url) : pathToFileURL(`${folder}/`);

// What this port cannot do, by nature, with the reason.
const MISSING = {
  'equal-members': 'an object of JavaScript has each member once',
  'integer-names': 'an object of JavaScript has members first whose names are whole numbers',
};

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
    const { offered, head } = checkConnect(call);
    return unless({ offered, headHex: head?.(Buffer.from(keyHex, 'hex')).toString('hex') }, vector);
  },
  'bytes/answers.json': ({ offered, keyHex, maxHeadBytes, answerHex, end, ...vector }) => {
    const reader = new AnswerReader({ offered, key: Buffer.from(keyHex, 'hex'), maxHeadBytes });
    const bytes = Buffer.from(answerHex, 'hex');
    for (const [index, byte] of bytes.entries()) {
      const answered = reader.push(byte);
      if (answered === null) continue;
      if ('error' in answered) return unless({ result: 'fail', error: answered.error, failsAfter: index + 1 }, vector);
      return unless({ result: 'open', ...answered.open, restHex: bytes.subarray(index + 1).toString('hex') }, vector);
    }
    return unless(end ? { result: 'fail', error: 1, failsAfter: null } : { result: 'more' }, vector);
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
  'bytes/deflate.json': ({ offers, extensions, maxMessageBytes, bytesHex, ...vector }) => {
    const { answer, agreed } = judge(extensions, offers);
    const reader = new FrameReader({ maxFrameBytes: Number.MAX_SAFE_INTEGER, maxMessageBytes, agreed });
    for (const byte of Buffer.from(bytesHex, 'hex')) reader.push(byte);
    return unless({ answer, agreed, told: reader.told, fails: reader.fails }, vector);
  },
  'bytes/sessions.json': ({ settings, ...vector }) => playSession(settings, vector, null),
  'bytes/compressed.json': ({ settings, compression, agreed, ...vector }) =>
    playSession({ ...settings, compression }, vector, agreed),
};

function playSession(settings, { entropyHex, steps }, agreed) {
  const host = new Host(Buffer.from(entropyHex, 'hex'), agreed);
  const session = new SocketSession(settings, host);
  for (const [index, { atMs, input, ...expected }] of steps.entries()) {
    host.enter(session, atMs, input);
    const got = unless(host.taken(), expected);
    if (got !== null) return { step: index, ...got };
  }
  return null;
}

// The host of a session: its network does what the script says, and it notes what comes out.
class Host {
  constructor(tape, agreed) {
    this.tape = tape;
    this.agreed = agreed; // what there is to know to inflate what is written
    this.inflaters = {}; // of each transport
    this.takes = {}; // how many bytes each transport still takes, where that is limited
    this.unread = new Map(); // what has come from each transport and is not read yet: bytes, and then its end
    this.taken();
  }

  enter(session, atMs, input) {
    this.report(session, atMs, input);
    for (const [transport, waiting] of this.unread) {
      while (waiting.length > 0 && session.reads(transport)) this.read(session, atMs, transport, waiting);
    }
  }

  // Hands in what waits first.
  read(session, atMs, transport, waiting) {
    const first = waiting.shift();
    if (first === 'ended') return session.ended(atMs, transport);
    if (first === 'reset') return session.reset(atMs, transport);
    const rest = first.subarray(session.received(atMs, transport, first));
    if (rest.length > 0) waiting.unshift(rest);
  }

  arrives(transport, what) {
    this.unread.set(transport, [...(this.unread.get(transport) ?? []), what]);
  }

  report(session, atMs, input) {
    const { call, connection, transport } = input;
    switch (input.do) {
      case 'connect': return session.connect(atMs, call, input);
      case 'send': return session.send(atMs, call, input);
      case 'close': return session.close(atMs, call, input);
      case 'resolved': return session.resolved(atMs, connection, input.addresses);
      case 'not-found': return session.notFound(atMs, connection);
      case 'connected': return session.connected(atMs, transport);
      case 'refused': return session.refused(atMs, transport);
      case 'received': return this.arrives(transport, Buffer.from(input.bytesHex, 'hex'));
      case 'ended': case 'reset': return this.arrives(transport, input.do);
      case 'write-failed': return session.writeFailed(atMs, transport);
      case 'pause': return session.pause(atMs);
      case 'resume': return session.resume(atMs);
      case 'time': return session.time(atMs);
      case 'takes':
        this.takes[transport] = input.bytes ?? Infinity;
        return session.writable(atMs);
    }
  }

  tell(told) {
    this.told.push(told);
  }

  ask(task) {
    this.asked.push(task);
  }

  write(transport, bytes) {
    const count = Math.min(bytes.length, this.takes[transport] ?? Infinity);
    if (count > 0) this.sent.set(transport, (this.sent.get(transport) ?? '') + bytes.subarray(0, count).toString('hex'));
    this.takes[transport] = (this.takes[transport] ?? Infinity) - count;
    return count;
  }

  random(count) {
    const bytes = this.tape.subarray(0, count);
    this.tape = this.tape.subarray(count);
    return bytes;
  }

  // What came out since it was asked last.
  taken() {
    const { told, asked, sent } = this;
    [this.told, this.asked, this.sent] = [[], [], new Map()];
    return { told, host: asked, sent: [...(sent ?? [])].map(([transport, bytesHex]) => this.inflated(transport, bytesHex)) };
  }

  // What was written, with the payload of each compressed frame inflated, as a strict server inflates it.
  inflated(transport, bytesHex) {
    const bytes = Buffer.from(bytesHex, 'hex');
    if (this.agreed === null || bytes.subarray(0, 4).toString() === 'GET ') return { transport, bytesHex };
    const { clientBits, clientTakeover } = this.agreed;
    // zlib compares a distance with its window and what came out meanwhile.
    const options = { windowBits: Math.max(clientBits, 9), chunkSize: 64 };
    const inflater = (this.inflaters[transport] ??= new Inflater(clientBits, clientTakeover, options));
    const frames = [];
    for (let rest = bytes; rest.length > 0;) {
      const { first, mask, payload, behind } = clientFrame(rest);
      const inflated = (first & 0x40) === 0 ? { bytes: payload } : inflater.inflate(payload, true, LONGEST);
      const frame = writeFrame(OPCODES[first & 15], inflated.bytes ?? payload, mask, first & 0x40);
      frames.push(frame);
      rest = behind;
    }
    return { transport, bytesHex: Buffer.concat(frames).toString('hex') };
  }
}

// No message of a vector is longer.
const LONGEST = 2 ** 20;
const OPCODES = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

// The first frame of a client's bytes, unmasked.
function clientFrame(bytes) {
  const short = bytes[1] & 0x7f;
  const [at, length] = short < 126 ? [2, short] : short === 126 ? [4, bytes.readUInt16BE(2)] : [10, Number(bytes.readBigUInt64BE(2))];
  const mask = bytes.subarray(at, at + 4);
  const payload = bytes.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
  return { first: bytes[0], mask, payload, behind: bytes.subarray(at + 4 + length) };
}

// Compares the members that `got` has.
function unless(got, expected) {
  const same = Object.entries(got).every(([name, value]) => isDeepStrictEqual(value, expected[name]));
  return same ? null : got;
}

function replay(file, vector) {
  const missing = (vector.flags ?? []).find((flag) => flag in MISSING);
  if (missing !== undefined) return ['unsupported', MISSING[missing]];
  const name = Object.keys(REPLAYS).find((name) => file.startsWith(name));
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
      if (isBrief && status === 'fail') return;
    }
  }
}

run();
