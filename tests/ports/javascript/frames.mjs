// Frames, both ways (RFC 6455 section 5): a reader that takes byte by byte and fails with the byte that makes
// them wrong, and a writer.

import { Inflater } from './deflate.mjs';

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const RSV1 = 0x40;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const OPCODES = { text: TEXT, binary: BINARY, close: CLOSE, ping: PING, pong: PONG };

// F4: what a peer may close with.
const mayClose = (code) =>
  (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

// Text that comes in pieces: which bytes may be next (RFC 3629 section 4).
class Utf8 {
  constructor() {
    this.missing = 0; // bytes of the character under way
    this.low = 0x80; // the least that its next byte may be
    this.high = 0xbf; // and the greatest
  }

  accepts(byte) {
    if (this.missing > 0) {
      const right = byte >= this.low && byte <= this.high;
      [this.missing, this.low, this.high] = [this.missing - 1, 0x80, 0xbf];
      return right;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.low = { 0xe0: 0xa0, 0xf0: 0x90 }[byte] ?? 0x80;
    this.high = { 0xed: 0x9f, 0xf4: 0x8f }[byte] ?? 0xbf;
    return true;
  }

  isWhole() {
    return this.missing === 0;
  }
}

// Reads what a server sends. `told` grows; `fails` is the close code once something is wrong.
export class FrameReader {
  constructor({ maxFrameBytes, maxMessageBytes, agreed = null }) {
    Object.assign(this, { maxFrameBytes, maxMessageBytes, told: [], fails: null, isClosed: false });
    this.inflater = agreed === null ? null : new Inflater(agreed.serverBits, agreed.serverTakeover);
    this.discards = false; // behind our close frame
    this.message = null; // the message under way: its opcode, its bytes as they came, its text
    this.frame = null; // the frame under way
    this.head = [];
  }

  push(byte) {
    if (this.fails !== null || this.isClosed) return;
    if (this.frame === null) this.readHead(byte);
    else this.readPayload(byte);
    if (this.fails === null && this.frame !== null && this.frame.left === 0) this.endFrame();
  }

  readHead(byte) {
    const { head } = this;
    head.push(byte);
    if (head.length === 1) return this.checkFirst(byte);
    const opcode = head[0] & 15;
    const short = head[1] & 0x7f;
    if (head.length === 2 && (head[1] > 0x7f || (opcode >= CLOSE && short > 125))) return this.fail(1002);
    if (head.length < 2) return;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    // What the length can still become at most, and at least: a form that is wrong is so before its last byte.
    const become = (byte) => BigInt(`0x0${hex(head.slice(2))}${byte.repeat(2 + extra - head.length)}`);
    const [most, length] = [become('ff'), become('00')];
    const least = { 0: 0n, 2: 126n, 8: 0x10000n }[extra];
    if (extra > 0 && (most < least || length >= 1n << 63n)) return this.fail(1002);
    if (head.length < 2 + extra) return;
    this.startFrame(opcode, extra === 0 ? BigInt(short) : length);
  }

  checkFirst(byte) {
    const [isFinal, opcode] = [byte > 0x7f, byte & 15];
    const isKnown = opcode <= BINARY || (opcode >= CLOSE && opcode <= PONG);
    const fits = opcode >= CLOSE ? isFinal : (opcode === CONTINUATION) === (this.message !== null);
    // Compression gives RSV1 a meaning, on the first frame of a message.
    if (this.inflater !== null && (opcode === TEXT || opcode === BINARY)) byte &= ~RSV1;
    if ((byte & 0x70) !== 0 || !isKnown || !fits) this.fail(1002);
  }

  // F3: limits are judged before anything is stored.
  startFrame(opcode, length) {
    const isControl = opcode >= CLOSE;
    if (!isControl && this.isCompressed(opcode)) return this.startCompressed(opcode, length);
    const before = opcode === CONTINUATION ? this.message.bytes.length : 0;
    const isTooBig = length > this.maxFrameBytes || length + BigInt(before) > this.maxMessageBytes;
    if (!isControl && isTooBig && !this.discards) return this.fail(1009);
    if (!isControl && opcode !== CONTINUATION) this.message = { opcode, bytes: [], utf8: new Utf8() };
    this.enter(opcode, length, isControl ? [] : this.message.bytes);
  }

  // Whether the frame whose head is here belongs to a compressed message.
  isCompressed(opcode) {
    return opcode === CONTINUATION ? this.message.isCompressed === true : (this.head[0] & RSV1) !== 0;
  }

  // A frame may be longer than what comes out of it, but not by much. The message is measured as it comes out.
  startCompressed(opcode, length) {
    const most = this.maxFrameBytes + Math.floor(this.maxFrameBytes / 8) + 64;
    if (length > most && !this.discards) return this.fail(1009);
    if (opcode !== CONTINUATION) this.message = { opcode, bytes: [], utf8: new Utf8(), isCompressed: true };
    this.enter(opcode, length, this.message.bytes);
  }

  enter(opcode, length, bytes) {
    this.frame = { opcode, isFinal: this.head[0] > 0x7f, left: Number(length), bytes };
    this.head = [];
  }

  readPayload(byte) {
    this.frame.left -= 1;
    if (this.discards && this.frame.opcode < CLOSE) return;
    this.frame.bytes.push(byte);
    const isText = this.frame.opcode < CLOSE && this.message.opcode === TEXT && !this.message.isCompressed;
    if (isText && !this.message.utf8.accepts(byte)) this.fail(1007);
  }

  endFrame() {
    const { opcode, isFinal } = this.frame;
    const bytes = Buffer.from(this.frame.bytes);
    this.frame = null;
    if (opcode === CLOSE) this.endClose(bytes);
    else if (opcode >= CLOSE) this.told.push({ [opcode === PING ? 'ping' : 'pong']: hex(bytes) });
    else if (this.message.isCompressed && !this.discards) this.inflate(bytes, isFinal);
    else if (isFinal) this.endMessage(bytes);
  }

  // As far as it has come, which suffices to judge it.
  inflate(payload, isFinal) {
    const { bytes, fails } = this.inflater.inflate(payload, isFinal, this.maxMessageBytes);
    if (fails !== undefined) return this.fail(fails);
    const utf8 = new Utf8();
    if (this.message.opcode === TEXT && !bytes.every((byte) => utf8.accepts(byte))) return this.fail(1007);
    this.message.utf8 = utf8;
    if (isFinal) this.endMessage(bytes);
  }

  endMessage(bytes) {
    const { opcode, utf8 } = this.message;
    this.message = null;
    if (this.discards) return;
    if (opcode === TEXT && !utf8.isWhole()) return this.fail(1007);
    this.told.push({ message: opcode === TEXT ? 'text' : 'binary', dataHex: hex(bytes) });
  }

  endClose(bytes) {
    const code = bytes.length === 0 ? 1005 : bytes.length === 1 ? 0 : bytes.readUInt16BE(0);
    if (bytes.length > 0 && !mayClose(code)) return this.fail(1002);
    const utf8 = new Utf8();
    const words = bytes.subarray(2);
    if (!words.every((byte) => utf8.accepts(byte)) || !utf8.isWhole()) return this.fail(1007);
    this.told.push({ close: { code, reason: words.toString('utf8') } });
    this.isClosed = true;
  }

  // From now on heads and control frames are judged as before, and data is dropped unjudged.
  discard() {
    this.discards = true;
  }

  fail(code) {
    this.fails = code;
  }
}

// A whole frame, masked; `reserved` is RSV1 for a compressed one.
export function writeFrame(name, payload, mask, reserved = 0) {
  const [size, length] = [payload.length, Buffer.alloc(8)];
  length.writeBigUInt64BE(BigInt(size));
  const [short, extra] = size < 126 ? [size, 8] : size < 0x10000 ? [126, 6] : [127, 0];
  const head = Buffer.from([0x80 | OPCODES[name] | reserved, 0x80 | short]);
  return Buffer.concat([head, length.subarray(extra), mask, payload.map((byte, index) => byte ^ mask[index % 4])]);
}
