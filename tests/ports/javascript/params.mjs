// The parameters of the three calls: what is refused, with which code, and what goes out on the wire. The URL
// standard is node's own URL; what the rules ask beyond it is checked on the text as it was given.

const BLANK = /^\p{White_Space}*$/u;
const BLANK_OR_CONTROL = /[\p{White_Space}\p{Cc}]/u;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DROPPED = new Set([
  'host', 'connection', 'upgrade', 'content-length', 'transfer-encoding', 'referer', 'sec-websocket-key',
  'sec-websocket-version', 'sec-websocket-accept', 'sec-websocket-extensions',
]);

const OFFER = 'sec-websocket-protocol';

export const isToken = (text) => TOKEN.test(text);
export const trimmed = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');
export const listed = (text) => text.split(',').map(trimmed);
// An empty one offers nothing, and is no fault.
const isOffer = (name) => name === '' || isToken(name);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
// Half a surrogate pair becomes U+FFFD.
const utf8 = (text) => Buffer.from(text, 'utf8');

// The same in what is not written as bytes at once.
function wellFormed(value) {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]));
}

class Refused extends Error {
  constructor(code) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

function demand(condition, code) {
  if (!condition) throw new Refused(code);
}

// V1 to V3, up to the scheme. Gives the text's URL.
function checkUrl(url) {
  demand(url !== null && url !== undefined, 3);
  demand(typeof url !== 'string' || !BLANK.test(url), 3);
  demand(typeof url === 'string' && !BLANK_OR_CONTROL.test(url) && !url.includes('#'), 4);
  // What stands between the two slashes and the next: a backslash is a slash to the schemes of the web.
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/\\?]+)/i.exec(url)?.[1];
  demand(authority !== undefined && !authority.includes('@') && URL.canParse(url), 4);
  const parsed = new URL(url);
  demand(parsed.hostname !== '' && parsed.port !== '0', 4);
  return parsed;
}

// A value as it is written in a query or a header; undefined is what has no such form.
function scalar(value) {
  switch (typeof value) {
    case 'string': return value;
    case 'number': case 'boolean': return String(value);
    default: return undefined;
  }
}

// Q1: the url with the data in its query.
function withData(url, data) {
  const pairs = Object.entries(wellFormed(data))
    .filter(([key, value]) => key !== '' && value !== null)
    .map(([key, value]) => [key, scalar(value) ?? JSON.stringify(value)].map(encodeURIComponent).join('='));
  if (pairs.length === 0) return url;
  const [, query] = /\?(.*)$/s.exec(url) ?? [];
  const joint = query === undefined ? '?' : query === '' || query.endsWith('&') ? '' : '&';
  return url + joint + pairs.join('&');
}

// Q2 and V6: the headers that go out, and the one that offers subprotocols.
function checkHeader(header) {
  const fields = new Map();
  for (const [name, value] of Object.entries(header)) {
    demand(isToken(name), 1);
    if (value === null) continue;
    const text = scalar(value);
    demand(text !== undefined && !/[\p{Cc}]/u.test(text.replaceAll('\t', '')), 1);
    const key = name.toLowerCase();
    if (key === OFFER) demand(listed(text).every(isOffer), 1);
    // The last of equal names wins, in its own place.
    fields.delete(key);
    fields.set(key, [name, trimmed(text)]);
  }
  return fields;
}

// Q3: one offer of both, without empty ones and repetition. A string is a list of that one.
function checkProtocols(inHeader, protocols) {
  const list = typeof protocols === 'string' ? [protocols] : protocols;
  demand(Array.isArray(list) && list.every((name) => typeof name === 'string' && isOffer(name)), 1);
  return [...new Set([...listed(inHeader ?? ''), ...list].filter((name) => name !== ''))];
}

// The head of the request: four headers of its own, the offer, and the caller's.
function writeHead(target, hostHeader, key, extensions, offered, fields) {
  const lines = [
    `GET ${target} HTTP/1.1`, `Host: ${hostHeader}`, 'Upgrade: websocket', 'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key.toString('base64')}`, 'Sec-WebSocket-Version: 13',
  ];
  if (extensions !== '') lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  if (offered.length > 0) lines.push(`Sec-WebSocket-Protocol: ${offered.join(', ')}`);
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  return utf8([...lines, '', ''].join('\r\n'));
}

const SETTINGS = { requireWss: false, maxRequestHeadBytes: 64 * 1024, extensions: '' };

// connectSocket, but for V5, which is the lifecycle's: { error }, or where to connect, what is offered, and the head of
// the request by the handshake's 16 random bytes.
export function checkConnect({ url, data, header, protocols }, settings = {}) {
  const { requireWss, maxRequestHeadBytes, extensions } = { ...SETTINGS, ...settings };
  return refusable(() => {
    const scheme = checkUrl(url).protocol;
    demand(scheme === 'ws:' || scheme === 'wss:', 5);
    demand(scheme === 'wss:' || !requireWss, 8);
    demand([header ?? {}, data ?? {}].every(isObject), 1);
    const fields = checkHeader(header ?? {});
    const offered = checkProtocols(fields.get(OFFER)?.[1], protocols ?? []);
    const passed = [...fields].filter(([name]) => !DROPPED.has(name) && name !== OFFER);
    const whole = new URL(withData(url, data ?? {}));
    const secure = scheme === 'wss:';
    // The standard's `search` hides an empty query, which goes out all the same.
    const query = whole.search || (whole.href.endsWith('?') ? '?' : '');
    const request = {
      secure,
      host: whole.hostname,
      port: Number(whole.port) || (secure ? 443 : 80),
      // node's URL has an older set of what is encoded in a path.
      target: whole.pathname.replaceAll('^', '%5E') + query,
      hostHeader: whole.host,
    };
    const fieldsOut = passed.map(([, field]) => field);
    const head = (key) => writeHead(request.target, request.hostHeader, key, extensions, offered, fieldsOut);
    demand(head(Buffer.alloc(16)).length <= maxRequestHeadBytes, 1);
    return { error: null, request, offered, head };
  });
}

// closeSocket: { error } or the close frame's { payload }.
export function checkClose({ code, reason }) {
  return refusable(() => {
    const number = code ?? 1000;
    demand(number === 1000 || (Number.isInteger(number) && number >= 3000 && number <= 4999), 1);
    demand(typeof (reason ?? '') === 'string', 1);
    const words = utf8(reason ?? '');
    demand(words.length <= 123, 1);
    return { error: null, frame: 'close', payload: Buffer.concat([Buffer.from([number >> 8, number & 255]), words]) };
  });
}

// sendSocketMessage: { error } or a message's { frame, payload }.
export function checkSend({ data, isBuffer }) {
  return refusable(() => {
    demand(typeof data === 'string' && typeof (isBuffer ?? false) === 'boolean', 11);
    if (!isBuffer) return { error: null, frame: 'text', payload: utf8(data) };
    const payload = Buffer.from(data, 'base64');
    // node reads more than the standard form; what it would write is the only form that is taken.
    demand(payload.toString('base64') === data, 11);
    return { error: null, frame: 'binary', payload };
  });
}

function refusable(check) {
  try {
    return check();
  } catch (refused) {
    if (refused instanceof Refused) return { error: refused.code };
    throw refused;
  }
}
