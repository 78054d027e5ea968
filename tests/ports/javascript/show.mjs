// Prints cases of tier 3 for people: bytes as text, frames as frames, a session step by step.
//
//   node show.mjs WORD…        the cases whose ids contain one of the words

import { readdirSync, readFileSync } from 'node:fs';

const BYTES = new URL('../../vectors/bytes/', import.meta.url);
const NAMES = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

// Text where it is text; what has no letter as an escape.
const text = (bytes) => JSON.stringify(bytes.toString('latin1')).replace(/[\x7f-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);

// The frame at the front of the bytes: what it is, and its length. Undefined where there is no whole frame.
function frame(bytes) {
  if (bytes.length < 2) return undefined;
  const [short, isMasked] = [bytes[1] & 0x7f, bytes[1] > 0x7f];
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extra + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const size = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size || !(bytes[0] & 15 in NAMES)) return undefined;
  const mask = isMasked ? bytes.subarray(start - 4, start) : [0, 0, 0, 0];
  const payload = bytes.subarray(start, start + size).map((byte, index) => byte ^ mask[index % 4]);
  const marks = `${bytes[0] > 0x7f ? '' : ' not-final'}${bytes[0] & 0x70 ? ' reserved-bits' : ''}${isMasked ? ' masked' : ''}`;
  const isCode = (bytes[0] & 15) === 8 && payload.length > 1;
  const words = isCode ? `${payload.readUInt16BE(0)} ${text(payload.subarray(2))}` : text(payload);
  return { length: start + size, words: `${NAMES[bytes[0] & 15]}${marks} ${words}` };
}

// Heads line by line, frames one by one, and the rest as it is.
function show(hex) {
  let bytes = Buffer.from(hex, 'hex');
  const lines = [];
  const isHead = /^(GET |HTTP\/)/.test(bytes.toString('latin1'));
  for (let end = bytes.indexOf('\n'); isHead && end >= 0; end = bytes.indexOf('\n')) {
    lines.push(text(bytes.subarray(0, end + 1)));
    bytes = bytes.subarray(end + 1);
    if (/^"(\\r)?\\n"$/.test(lines.at(-1))) break;
  }
  for (let first = frame(bytes); first !== undefined; first = frame(bytes)) {
    lines.push(first.words);
    bytes = bytes.subarray(first.length);
  }
  if (bytes.length > 0) lines.push(`part of something: ${text(bytes)}`);
  return lines;
}

// Each member on a line of its own, and below a member of bytes what these are.
function print(object, indent) {
  for (const [name, value] of Object.entries(object)) {
    if (name === 'steps') value.forEach((step, index) => printStep(step, index, indent));
    else if (/Hex$/.test(name) && typeof value === 'string' && !/key|mask|entropy|payload|data/.test(name)) {
      console.log(`${indent}${name.slice(0, -3)} (${value.length / 2} bytes)`);
      for (const line of show(value)) console.log(`${indent}  ${line}`);
    } else if (/Hex$/.test(name) && typeof value === 'string' && name !== 'entropyHex') {
      console.log(`${indent}${name.slice(0, -3)}: ${text(Buffer.from(value, 'hex'))}`);
    } else if (name !== 'id' && name !== 'comment') console.log(`${indent}${name}: ${JSON.stringify(value)}`);
  }
}

function printStep({ atMs, input, told, host, sent }, index, indent) {
  const { bytesHex, ...rest } = input;
  console.log(`${indent}${index + 1}. at ${atMs} ms: ${Object.values(rest).map((value) => JSON.stringify(value)).join(' ')}`);
  const inner = `${indent}     `;
  for (const line of bytesHex === undefined ? [] : show(bytesHex)) console.log(`${inner}< ${line}`);
  for (const { dataHex, ...one } of told) {
    const data = dataHex === undefined ? '' : ` ${text(Buffer.from(dataHex, 'hex'))}`;
    console.log(`${inner}told ${Object.values(one).map((value) => JSON.stringify(value)).join(' ')}${data}`);
  }
  for (const task of host) console.log(`${inner}host ${Object.values(task).join(' ')}`);
  for (const { transport, bytesHex: written } of sent) {
    for (const line of show(written)) console.log(`${inner}> ${transport} ${line}`);
  }
}

const words = process.argv.slice(2);
for (const file of readdirSync(BYTES).sort()) {
  const { cases } = JSON.parse(readFileSync(new URL(file, BYTES), 'utf8'));
  for (const vector of cases.filter(({ id }) => words.some((word) => id.includes(word)))) {
    console.log(`\n${vector.id}: ${vector.comment}`);
    print(vector, '  ');
  }
}
