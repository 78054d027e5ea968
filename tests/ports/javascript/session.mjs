// A session below its sockets: calls and what the host reports go in; what is told, what the host is to do, and what
// is written come out, in their order. The host brings time and entropy:
//
//   host.tell(told)                  a result or an event for the Mini Program
//   host.ask(task)                   a name to resolve, an address to dial, a transport to half-close or release
//   host.write(transport, bytes)     gives how many of the bytes the transport took
//   host.random(count)               bytes that nobody can guess
//
// Times are milliseconds; `at` never runs backwards.

import { AnswerReader } from './answers.mjs';
import { Deflater, offered as offeredOf } from './deflate.mjs';
import { DialPlan } from './dialling.mjs';
import { FrameReader, writeFrame } from './frames.mjs';
import { Session as Lifecycle } from './lifecycle.mjs';
import { Output } from './output.mjs';
import { checkClose, checkConnect, checkSend } from './params.mjs';

const MOST_LINGERING = 8;
const RSV1 = 0x40;

// What a connect that is refused is called by the lifecycle, and what an answer that is.
const REFUSED = {
  3: 'connect-url-missing', 4: 'connect-url-invalid', 5: 'connect-scheme-invalid', 8: 'connect-wss-required',
  1: 'connect-parameter-invalid',
};
const REFUSED_ANSWERS = { 8: 'failed-answer', 9: 'failed-subprotocol', 12: 'failed-memory' };
const BROKEN_FRAMES = { 1002: 'violation', 1007: 'not-utf8', 1009: 'over-limit' };
// What a close frame that we begin says.
const CLOSE_CODES = { normal: 1000, protocol: 1002, 'not-utf8': 1007, 'too-big': 1009 };

const closePayload = ({ code, reason }) =>
  code === null ? Buffer.alloc(0) : Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason, 'utf8')]);

export class SocketSession {
  constructor(settings, host) {
    this.settings = settings;
    this.host = host;
    this.lifecycle = new Lifecycle(settings);
    this.current = null; // the connection that is there
    this.lingering = []; // transports of connections that have ended, oldest first (F5)
    this.timers = {}; // when each timer of the lifecycle fires
    this.isPaused = false; // the host takes no messages
    this.now = 0;
  }

  // --- calls ------------------------------------------------------------------------------------------------

  connect(at, call, parameters) {
    this.now = at;
    const { requireWss, maxRequestHeadBytes } = this.settings;
    const extensions = offeredOf(this.settings.compression?.offers ?? []);
    const checked = checkConnect(parameters, { requireWss, maxRequestHeadBytes, extensions });
    const before = this.lifecycle.connection;
    this.run({ event: REFUSED[checked.error] ?? 'connect-accepted', call }, { checked });
    if (this.lifecycle.connection !== before) this.start();
    this.flush();
  }

  send(at, call, parameters) {
    this.now = at;
    const { error, frame, payload } = checkSend(parameters);
    const isOpen = this.lifecycle.state.phase === 'open';
    const fits = error === null && payload.length <= this.settings.maxMessageBytes && isOpen && !this.current.isUnwritable
      && this.current.output.hasRoom(frameLength(payload.length), this.settings.highWaterBytes);
    this.run({ event: fits ? 'send-accepted' : 'send-refused', call }, { frame, payload, call });
    this.flush();
  }

  close(at, call, { code, reason }) {
    this.now = at;
    const { error } = checkClose({ code, reason });
    // Only the first counts.
    if (error === null && this.current !== null) this.current.requested ??= { code: code ?? 1000, reason: reason ?? '' };
    this.run({ event: error === null ? 'close-accepted' : 'close-refused', call });
    this.flush();
  }

  // --- what the host reports ----------------------------------------------------------------------------------

  resolved(at, connection, addresses) {
    this.now = at;
    const current = this.find(connection);
    if (current?.stage !== 'resolving') return;
    if (addresses.length === 0) return this.run({ event: 'failed-unknown', connection });
    current.stage = 'dialling';
    current.plan = new DialPlan(addresses);
    this.dialNext();
  }

  notFound(at, connection) {
    this.now = at;
    if (this.find(connection)?.stage === 'resolving') this.run({ event: 'failed-unknown', connection });
  }

  connected(at, transport) {
    this.now = at;
    const [current, attempt] = this.findAttempt(transport);
    if (current === null) return;
    // The first one wins, the others are given up.
    current.plan.take(attempt);
    for (const other of current.plan.running) this.release(`${current.number}.${other}`);
    const key = this.host.random(16);
    const { offered, head } = current;
    current.stage = 'upgrading';
    current.transport = transport;
    const offers = this.settings.compression?.offers;
    current.answer = new AnswerReader({ offered, key, maxHeadBytes: this.settings.maxHeadBytes, offers });
    current.output.push('request', head(key));
    this.flush();
  }

  refused(at, transport) {
    this.now = at;
    const [current, attempt] = this.findAttempt(transport);
    if (current === null) return;
    current.plan.take(attempt);
    // Another takes its turn at once; without one, those that run go on.
    if (!this.dialNext() && current.plan.running.length === 0) {
      this.run({ event: 'failed-unknown', connection: current.number });
    }
  }

  // Gives how many of the bytes it took: in a pause, the host keeps what comes on an open connection.
  received(at, transport, bytes) {
    this.now = at;
    const current = this.findStream(transport);
    if (current === null) return bytes.length;
    if (!this.reads(transport)) return 0;
    if (current.stage === 'open' && !current.isUnwritable) this.run({ event: 'heard', connection: current.number });
    for (const [index, byte] of bytes.entries()) {
      if (this.current !== current) break; // what is behind its end is nobody's
      if (!this.reads(transport)) return index;
      if (current.stage === 'upgrading') this.readAnswer(current, byte);
      else this.readFrame(current, byte);
    }
    return bytes.length;
  }

  // Whether the host is to read the transport, and to report its end.
  reads(transport) {
    return this.findStream(transport) === null || !this.holdsBack();
  }

  ended(at, transport) {
    this.now = at;
    const lingering = this.lingering.find((stream) => stream.transport === transport);
    if (lingering !== undefined) {
      lingering.isEnded = true;
      return this.proceed(lingering);
    }
    const current = this.findStream(transport);
    if (current === null) return;
    current.isEnded = true;
    // Why writing failed says more than that reading ends (F7).
    this.run({ event: current.isUnwritable ? 'transport-error' : 'end-of-stream', connection: current.number });
    this.flush();
  }

  reset(at, transport) {
    this.now = at;
    if (this.lingering.some((stream) => stream.transport === transport)) return this.forget(transport);
    const current = this.findStream(transport);
    if (current !== null) this.run({ event: 'transport-error', connection: current.number });
  }

  // Nothing more can be written; what the peer sent before may still come (F7).
  writeFailed(at, transport) {
    this.now = at;
    if (this.lingering.some((stream) => stream.transport === transport)) return this.forget(transport);
    const current = this.findStream(transport);
    if (current === null) return;
    current.isUnwritable = true;
    current.output = new Output();
    this.run({ event: 'unwritable', connection: current.number });
  }

  // The host takes no messages from now on.
  pause(at) {
    this.now = at;
    this.isPaused = true;
  }

  // It takes them again. An answer to a ping may lie unread, so the peer has the whole interval again (F6).
  resume(at) {
    this.now = at;
    if (this.isPaused && this.current !== null && !this.current.isUnwritable) {
      this.run({ event: 'heard', connection: this.current.number });
    }
    this.isPaused = false;
  }

  // A transport takes bytes again.
  writable(at) {
    this.now = at;
    this.flush();
  }

  // No transport has brought anything by now.
  time(at) {
    this.now = at;
    const { current } = this;
    if (current?.isUnwritable && !this.holdsBack()) this.run({ event: 'transport-error', connection: current.number });
    // In the order in which they were due.
    for (let due = this.due(); due !== undefined && due.at <= at; due = this.due()) due.fire();
    this.flush();
  }

  // --- timers -------------------------------------------------------------------------------------------------

  // What is due next, if anything is.
  due() {
    const { connectTimeoutMs, closeTimeoutMs, keepalive } = this.settings;
    const lengths = { connect: connectTimeoutMs, close: closeTimeoutMs };
    if (keepalive !== null && keepalive.pingIntervalMs > 0 && !this.isPaused) {
      Object.assign(lengths, { ping: keepalive.pingIntervalMs, pong: keepalive.pongTimeoutMs });
    }
    const signals = { connect: 'failed-timed-out', close: 'close-timeout', ping: 'ping-due', pong: 'pong-timeout' };
    const all = Object.entries(this.timers).filter(([timer]) => timer in lengths).map(([timer, since]) => ({
      at: since + lengths[timer],
      fire: () => {
        delete this.timers[timer];
        this.run({ event: signals[timer], connection: this.current.number });
      },
    }));
    if (this.current?.stage === 'dialling' && this.current.plan.deadline < Infinity) {
      all.push({ at: this.current.plan.deadline, fire: () => this.dialNext() });
    }
    for (const { transport, until } of this.lingering) all.push({ at: until, fire: () => this.forget(transport) });
    // Of those that are due at once, the first stays first.
    return all.sort((one, other) => one.at - other.at)[0];
  }

  // --- connecting ---------------------------------------------------------------------------------------------

  start() {
    const { request: { host, port }, number } = this.current;
    const isAddress = host.startsWith('[') || /^[0-9.]+$/.test(host);
    if (isAddress) return this.resolved(this.now, number, [host.replace(/^\[(.*)\]$/, '$1')]);
    this.host.ask({ do: 'resolve', connection: number, host, port });
  }

  // Dials the next address, and says whether there was one.
  dialNext() {
    const { number, plan, request: { port } } = this.current;
    const next = plan.next(this.now);
    if (next === null) return false;
    const { attempt, address, givesUp } = next;
    if (givesUp !== null) this.release(`${number}.${givesUp}`);
    const shown = address.includes(':') ? `[${address}]` : address;
    this.host.ask({ do: 'dial', transport: `${number}.${attempt}`, address: `${shown}:${port}` });
    return true;
  }

  readAnswer(current, byte) {
    const answered = current.answer.push(byte);
    if (answered === null) return;
    const connection = current.number;
    if ('error' in answered) return this.run({ event: REFUSED_ANSWERS[answered.error], connection });
    current.stage = 'open';
    const { agreed } = answered;
    current.frames = new FrameReader({ ...this.settings, agreed });
    if (agreed !== null) current.deflater = new Deflater(agreed.clientBits, agreed.clientTakeover);
    this.run({ event: 'opened', connection }, { opened: answered.open });
    if (current.isUnwritable) this.run({ event: 'unwritable', connection });
  }

  // --- frames -------------------------------------------------------------------------------------------------

  readFrame(current, byte) {
    const { frames, number: connection } = current;
    frames.push(byte);
    const [told] = frames.told.splice(0);
    if (told === undefined && frames.fails === null) return;
    if (frames.fails !== null) this.run({ event: BROKEN_FRAMES[frames.fails], connection });
    else if ('message' in told) this.run({ event: 'message', connection }, { message: told });
    else if ('ping' in told) this.run({ event: 'ping', connection }, { ping: Buffer.from(told.ping, 'hex') });
    else if ('close' in told) this.run({ event: 'peer-close', connection }, { peer: told.close });
    // What answers this frame is out before the next one is looked at.
    this.flush();
  }

  // --- carrying out what the lifecycle says -------------------------------------------------------------------

  run(input, facts = {}) {
    const { told, actions } = this.lifecycle.input(input);
    for (const one of told) this.host.tell(this.filledIn(one, facts));
    for (const action of actions) this.perform(action, facts);
  }

  // What was told, with what the lifecycle does not know.
  filledIn(told, { opened, message, peer }) {
    const { connection } = told;
    switch (told.event) {
      case 'open': return { event: 'open', connection, ...opened };
      case 'message': return { event: 'message', connection, kind: message.message, dataHex: message.dataHex };
      case 'close': {
        const said = { 'as-requested': this.current.requested, 'of-peer': peer }[told.code];
        const { code, reason } = said ?? { code: told.number, reason: '' };
        return { event: 'close', connection, code, reason, cause: told.cause };
      }
      default: return told;
    }
  }

  perform(action, facts) {
    const { current } = this;
    switch (action.do) {
      case 'begin': return this.begin(facts.checked);
      case 'arm': this.timers[action.timer] = this.now; return;
      case 'disarm': delete this.timers[action.timer]; return;
      case 'queue-message': return this.queueMessage(facts);
      case 'answer-ping': return this.queue('pong', facts.ping);
      case 'send-ping':
        // A second one would ask nothing new, and takes no mask.
        if (!current.output.hasPing()) this.queue('ping', Buffer.alloc(0));
        return;
      case 'fail-sends': return current.output.abandon();
      case 'send-close': return this.sendClose(action.frame, facts.peer);
      case 'drop':
        if (current.stage === 'dialling') for (const attempt of current.plan.running) this.release(`${current.number}.${attempt}`);
        if (current.transport !== null) this.release(current.transport);
        this.current = null;
        return;
      case 'linger': return this.linger();
    }
  }

  begin({ request, offered, head }) {
    this.current = {
      number: this.lifecycle.connection, stage: 'resolving', request, offered, head, plan: null, transport: null,
      output: new Output(), answer: null, frames: null, deflater: null, requested: null, isEnded: false,
      isUnwritable: false,
    };
  }

  queue(frame, payload) {
    if (this.current.isUnwritable) return;
    this.current.output.push(frame, writeFrame(frame, payload, this.host.random(4)));
  }

  // A message goes out compressed where that was agreed on and pays.
  queueMessage({ frame, payload, call }) {
    const { deflater, output, isUnwritable } = this.current;
    if (isUnwritable) return;
    const isCompressed = deflater !== null && payload.length >= this.settings.compression.thresholdBytes;
    const mask = this.host.random(4);
    const bytes = isCompressed ? writeFrame(frame, deflater.deflate(payload), mask, RSV1) : writeFrame(frame, payload, mask);
    output.push('message', bytes, call);
  }

  sendClose(frame, peer) {
    const said = {
      'as-requested': this.current.requested,
      'reply': { code: peer?.code === 1005 ? null : peer?.code, reason: '' },
    }[frame] ?? { code: CLOSE_CODES[frame], reason: '' };
    this.queue('close', closePayload(said));
    this.current.frames.discard();
  }

  // --- transports ---------------------------------------------------------------------------------------------

  // The connection of that number, if it is the current one (G1).
  find(number) {
    return this.current?.number === number ? this.current : null;
  }

  // The current connection and the number of its attempt, if that runs.
  findAttempt(transport) {
    const [number, attempt] = transport.split('.').map(Number);
    const current = this.find(number);
    return current?.stage === 'dialling' && current.plan.isRunning(attempt) ? [current, attempt] : [null, null];
  }

  findStream(transport) {
    return this.current?.transport === transport ? this.current : null;
  }

  // Whether messages could come and the host wants none.
  holdsBack() {
    return this.isPaused && this.lifecycle.state.phase === 'open';
  }

  release(transport) {
    this.host.ask({ do: 'release', transport });
  }

  // Writes what waits, and lets go what has nothing left to do.
  flush() {
    const { current } = this;
    if (current?.transport) this.write(current, () => this.run({ event: 'sent', connection: current.number }));
    for (const stream of [...this.lingering]) {
      this.write(stream, () => {});
      this.proceed(stream);
    }
  }

  write({ transport, output }, sent) {
    output.flush((bytes) => this.host.write(transport, bytes), sent);
  }

  linger() {
    const { transport, output, isEnded, isUnwritable } = this.current;
    this.current = null;
    if (isUnwritable) return this.release(transport);
    if (this.lingering.length === MOST_LINGERING) this.forget(this.lingering[0].transport);
    const stream = { transport, output, isEnded, isHalfClosed: false, until: this.now + this.settings.closeTimeoutMs };
    this.lingering.push(stream);
    this.proceed(stream);
  }

  // As far as it goes: what waits is written, our half is closed, the peer ends as well.
  proceed(stream) {
    if (!stream.output.isEmpty()) return;
    if (stream.isEnded) return this.forget(stream.transport);
    if (!stream.isHalfClosed) this.host.ask({ do: 'half-close', transport: stream.transport });
    stream.isHalfClosed = true;
  }

  forget(transport) {
    this.lingering = this.lingering.filter((stream) => stream.transport !== transport);
    this.release(transport);
  }
}

// Of a whole frame that is masked.
function frameLength(payload) {
  return payload + (payload < 126 ? 6 : payload < 0x10000 ? 8 : 14);
}
