// permessage-deflate (RFC 7692): what is offered, what a server's answer agrees to, and both codecs, which are node's zlib.
// Between two messages a codec is its window: the last bytes of the messages before, given to zlib as a dictionary.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

import { isToken } from './params.mjs';

const SERVER_BITS = 'server_max_window_bits', CLIENT_BITS = 'client_max_window_bits';
const SERVER_ALONE = 'server_no_context_takeover', CLIENT_ALONE = 'client_no_context_takeover';
const NAME = 'permessage-deflate';
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
// RFC 6455 section 9.1: each is read where the one before ended.
const EXTENSION = new RegExp(`[ \\t]*(${TOKEN})`, 'y');
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(${TOKEN})[ \\t]*(?:=[ \\t]*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?`, 'y');
const COMMA = /[ \t]*,/y, BLANKS = /[ \t]*/y;
// What is cut off the end of each message, and what follows it where nothing is unfinished: an empty final block.
const TAIL = Buffer.from('0000ffff', 'hex'), END = Buffer.from('0000ffff010000ffff', 'hex');
// An empty message, for which zlib writes nothing (RFC 7692 section 7.2.3.6).
const EMPTY = Buffer.from([0]);
const SYNC = { finishFlush: constants.Z_SYNC_FLUSH };

// --- the handshake ----------------------------------------------------------------------------------------------

// The value of Sec-WebSocket-Extensions in the request.
export function offered(offers) {
  return offers.map(({ serverBits, clientBits, serverTakeover, clientTakeover }) => [
    NAME,
    ...(serverTakeover ? [] : [SERVER_ALONE]),
    ...(clientTakeover ? [] : [CLIENT_ALONE]),
    ...(serverBits === null ? [] : [`${SERVER_BITS}=${serverBits}`]),
    clientBits === 15 ? CLIENT_BITS : `${CLIENT_BITS}=${clientBits}`,
  ].join('; ')).join(', ');
}

// What the lines of an answer agree to: { answer, agreed }, where the answer is `none`, `refused` or `agreed` (U5).
export function judge(lines, offers) {
  const refused = { answer: 'refused', agreed: null };
  const chosen = lines.map(parsed);
  if (chosen.includes(null)) return refused;
  const extensions = chosen.flat();
  if (extensions.length === 0) return { answer: 'none', agreed: null };
  if (extensions.length > 1 || extensions[0].name !== NAME) return refused;
  const parameters = new Map(extensions[0].parameters);
  if (parameters.size !== extensions[0].parameters.length) return refused;
  if (![...parameters].every(([name, value]) => isParameter(name, value))) return refused;
  // The first offer that it fits.
  const agreed = offers.map((offer) => accepted(parameters, offer)).find((agreed) => agreed !== null);
  return agreed === undefined ? refused : { answer: 'agreed', agreed };
}

// The extensions of a line; null if it cannot be read.
function parsed(line) {
  let at = 0;
  const next = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  const extensions = [];
  do {
    const extension = next(EXTENSION);
    // Empty elements of a list are skipped (RFC 9110 section 5.6.1).
    if (extension === null) continue;
    const parameters = [];
    for (let found = next(PARAMETER); found !== null; found = next(PARAMETER)) {
      const [, name, plain, quoted] = found;
      const value = plain ?? quoted?.replace(/\\(.)/g, '$1') ?? null;
      // Without its quotes, a value is a token as well.
      if (value !== null && !isToken(value)) return null;
      parameters.push([name, value]);
    }
    extensions.push({ name: extension[1], parameters });
  } while (next(COMMA) !== null);
  next(BLANKS);
  return at === line.length ? extensions : null;
}

function isParameter(name, value) {
  if (name === SERVER_ALONE || name === CLIENT_ALONE) return value === null;
  return (name === SERVER_BITS || name === CLIENT_BITS) && /^([89]|1[0-5])$/.test(value);
}

function accepted(parameters, offer) {
  const bits = (name) => (parameters.has(name) ? Number(parameters.get(name)) : null);
  const [server, client] = [bits(SERVER_BITS), bits(CLIENT_BITS)];
  if (!offer.serverTakeover && !parameters.has(SERVER_ALONE)) return null;
  if (offer.serverBits !== null && (server === null || server > offer.serverBits)) return null;
  if (client > offer.clientBits) return null;
  return {
    serverBits: server ?? 15,
    clientBits: client ?? offer.clientBits,
    serverTakeover: !parameters.has(SERVER_ALONE),
    clientTakeover: offer.clientTakeover && !parameters.has(CLIENT_ALONE),
  };
}

// --- the codecs -------------------------------------------------------------------------------------------------

// The last 2^bits bytes of the messages before; nothing without takeover.
class Window {
  constructor(bits, takeover) {
    this.size = takeover ? 2 ** bits : 0;
    this.bytes = Buffer.alloc(0);
  }

  get options() {
    return this.bytes.length > 0 ? { dictionary: this.bytes } : {};
  }

  push(message) {
    const bytes = Buffer.concat([this.bytes, message]);
    this.bytes = bytes.subarray(Math.max(0, bytes.length - this.size));
  }
}

export class Deflater {
  constructor(bits, takeover) {
    // zlib has no window of 2^8, and one of 2^9 does not reach further back.
    this.windowBits = Math.max(bits, 9);
    this.window = new Window(bits, takeover);
  }

  deflate(message) {
    if (message.length === 0) return EMPTY;
    const payload = deflateRawSync(message, { ...SYNC, ...this.window.options, windowBits: this.windowBits });
    this.window.push(message);
    return payload.subarray(0, payload.length - TAIL.length);
  }
}

export class Inflater {
  // `options` are zlib's.
  constructor(bits, takeover, options = {}) {
    this.window = new Window(bits, takeover);
    this.options = options;
  }

  // What has come of a message, which may go on: { bytes }, or { fails } with a close code.
  inflate(payload, isWhole, maxBytes) {
    if (payload.length === 0) return { bytes: payload };
    const { bytes, taken, isWrong } = this.run(payload, maxBytes);
    // What came out before a fault counts on the limit first.
    if (bytes === null || bytes.length > maxBytes) return { fails: 1009 };
    // Behind a final block there may be one zero (RFC 7692 section 7.2.3.4).
    const rest = payload.subarray(taken);
    if (isWrong || rest.length > 1 || rest[0] > 0) return { fails: 1007 };
    if (isWhole && rest.length === 0 && !this.isBetweenBlocks(payload, bytes)) return { fails: 1007 };
    if (isWhole) this.window.push(bytes);
    return { bytes };
  }

  run(payload, maxBytes) {
    const options = { ...SYNC, ...this.options, ...this.window.options, info: true, maxOutputLength: maxBytes + 1 };
    const attempt = (length) => {
      try {
        const { buffer, engine } = inflateRawSync(payload.subarray(0, length), options);
        return { bytes: buffer, taken: engine.bytesWritten, isWrong: false };
      } catch (error) {
        return { bytes: null, taken: 0, isWrong: error.code !== 'ERR_BUFFER_TOO_LARGE' };
      }
    };
    const whole = attempt(payload.length);
    if (!whole.isWrong) return whole;
    // zlib gives nothing of what is wrong, so the longest beginning that is not is looked for.
    let [right, wrong, last] = [0, payload.length, { bytes: Buffer.alloc(0) }];
    while (wrong - right > 1) {
      const middle = Math.floor((right + wrong) / 2);
      const tried = attempt(middle);
      if (tried.isWrong) wrong = middle;
      else [right, last] = [middle, tried];
    }
    return { ...last, taken: right, isWrong: true };
  }

  // The message and its tail end with a block: then the stream ends with the final block behind them, and nothing else comes
  // out.
  isBetweenBlocks(payload, bytes) {
    try {
      const stream = Buffer.concat([payload, END]);
      const { buffer, engine } = inflateRawSync(stream, { ...this.window.options, info: true });
      return engine.bytesWritten === stream.length && buffer.length === bytes.length;
    } catch {
      return false;
    }
  }
}
