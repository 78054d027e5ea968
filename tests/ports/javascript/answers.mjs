// The server's answer to the upgrade request (U1 to U6, Q5): a reader that takes byte by byte, and fails with the
// byte that makes the answer wrong. It answers `null` while more must come, and then once: { open, agreed } or { error }.

import { createHash } from 'node:crypto';

import { judge } from './deflate.mjs';
import { isToken, listed, trimmed } from './params.mjs';

const VERSION = 'HTTP/1.1 ';
// RFC 6455 section 1.3.
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MALFORMED = 8, UNASKED = 9, TOO_LONG = 12;

const sha1 = (text) => createHash('sha1').update(text).digest('base64');
const fail = (error) => ({ error });

export class AnswerReader {
  constructor({ offered, key, maxHeadBytes, offers = [] }) {
    this.offered = offered;
    this.offers = offers; // of compression
    this.accept = sha1(key.toString('base64') + ACCEPT_SUFFIX);
    this.left = maxHeadBytes; // how many bytes may come, interim answers included (Q5)
    this.start();
  }

  // Each head begins anew, behind an interim answer as well.
  start() {
    this.place = 'version';
    this.status = '';
    this.line = ''; // the header line under way
    this.seen = 0; // how much of the version is there
    this.lines = []; // the header lines that are whole
  }

  push(byte) {
    if (this.left === 0) return fail(TOO_LONG);
    this.left -= 1;
    // Bytes above 0x7f are Latin-1 (U2), so a byte is a character.
    const char = String.fromCharCode(byte);
    this.place = this.next(char, byte);
    if (this.place === 'wrong') return fail(MALFORMED);
    if (this.place !== 'end') return null;
    return this.endHead();
  }

  // Where the byte leads: the grammar of a head.
  next(char, byte) {
    const isText = byte === 9 || (byte >= 0x20 && byte !== 0x7f);
    switch (this.place) {
      case 'version':
        if (char !== VERSION[this.seen]) return 'wrong';
        this.seen += 1;
        return this.seen < VERSION.length ? 'version' : 'status';
      case 'status':
        if (this.status.length === 3) return { ' ': 'reason', '\r': 'line-feed', '\n': 'line' }[char] ?? 'wrong';
        this.status += char;
        return /^[1-9][0-9]*$/.test(this.status) ? 'status' : 'wrong';
      case 'reason':
        return isText ? 'reason' : { '\r': 'line-feed', '\n': 'line' }[char] ?? 'wrong';
      case 'line': // at the first byte of a line
        if (char === '\n') return 'end';
        if (char === '\r') return 'last-line-feed';
        this.line = char;
        return isToken(char) ? 'name' : 'wrong';
      case 'name':
        this.line += char;
        return char === ':' ? 'value' : isToken(char) ? 'name' : 'wrong';
      case 'value':
        if (isText) {
          this.line += char;
          return 'value';
        }
        if (char !== '\r' && char !== '\n') return 'wrong';
        this.lines.push(this.line);
        return char === '\n' ? 'line' : 'line-feed';
      case 'line-feed': return char === '\n' ? 'line' : 'wrong';
      case 'last-line-feed': return char === '\n' ? 'end' : 'wrong';
    }
  }

  endHead() {
    if (this.status === '101') return this.judge();
    if (!this.status.startsWith('1')) return fail(MALFORMED);
    this.start();
    return null;
  }

  // U3 to U5, in the order of the rules' table.
  judge() {
    const fields = this.lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), trimmed(line.slice(colon + 1))];
    });
    const values = (name) => fields.filter((field) => field[0] === name).map(([, value]) => value);
    const namesNothing = (value) => listed(value).every((element) => element === '');
    const [upgrade, accept] = [values('upgrade'), values('sec-websocket-accept')];
    const [protocols, extensions] = [values('sec-websocket-protocol'), values('sec-websocket-extensions')];
    if (upgrade.length !== 1 || upgrade[0].toLowerCase() !== 'websocket') return fail(MALFORMED);
    const tokens = values('connection').flatMap(listed).map((token) => token.toLowerCase());
    if (!tokens.includes('upgrade')) return fail(MALFORMED);
    if (accept.length !== 1 || accept[0] !== this.accept) return fail(MALFORMED);
    if (protocols.some(namesNothing) || extensions.some(namesNothing)) return fail(MALFORMED);
    if (protocols.length > 0) {
      if (this.offered.length === 0) return fail(UNASKED);
      if (protocols.length > 1 || !this.offered.includes(protocols[0])) return fail(MALFORMED);
    }
    const { answer, agreed } = judge(extensions, this.offers);
    if (answer === 'refused') return fail(MALFORMED);
    return { open: { protocol: protocols[0] ?? '', headers: joined(fields) }, agreed };
  }
}

// As onSocketOpen tells them: equal names once, in the place of the first.
function joined(fields) {
  const headers = new Map();
  for (const [name, value] of fields) headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  return [...headers];
}
