// The lifecycle of a session, as rules: what each input does in each state, and what is told, in which order.
// `step` is a pure function; `Session` adds the numbers of connections and calls, and knows what is stale.

const VIOLATIONS = {
  'violation': { frame: 'protocol', number: 1002, cause: 'protocol', error: 1 },
  'not-utf8': { frame: 'not-utf8', number: 1007, cause: 'protocol', error: 1 },
  'over-limit': { frame: 'too-big', number: 1009, cause: 'tooBig', error: 12 },
};

// What may go wrong before a connection is open, with its code.
const FAILURES = {
  'failed-unknown': 1, 'end-of-stream': 1, 'transport-error': 1, 'failed-timed-out': 6,
  'failed-certificate': 7, 'failed-answer': 8, 'failed-subprotocol': 9, 'failed-memory': 12,
};

// V1 to V4: a url that is refused touches nothing, whatever state it is (S4).
const REFUSED_URLS = {
  'connect-url-missing': 3, 'connect-url-invalid': 4, 'connect-scheme-invalid': 5, 'connect-wss-required': 8,
};

const TIMERS = { idle: [], connecting: ['connect'], open: ['ping', 'pong'], closing: ['close'] };

const settle = (call, error = null) => ({ do: 'settle', call, result: error === null ? 'success' : 'fail', error });
const arm = (timer) => ({ do: 'arm', timer });
const disarm = (timer) => ({ do: 'disarm', timer });
const tellError = (error) => ({ do: 'tell', event: 'error', error });
const tellClose = (code, number, cause) => ({ do: 'tell', event: 'close', code, number, cause });
const sendClose = (frame) => ({ do: 'send-close', frame });
const act = (name) => ({ do: name });

const stay = (phase, ...actions) => ({ next: phase, ended: null, actions });

// The end of the current connection, in the one order that all ends have: timers, calls that wait, the close
// frame, onSocketError, onSocketClose, and what becomes of the transport.
function end({ phase, settle: mode }, ended, how) {
  const { first = [], connect = null, frame = null, error = null, close = null, transport = 'drop' } = how;
  const actions = [...TIMERS[phase].map(disarm), ...first];
  if (phase === 'connecting' && mode === 'on-outcome') actions.push(settle('connect', connect));
  if (phase !== 'connecting') actions.push(act('fail-sends'));
  if (frame !== null) actions.push(sendClose(frame));
  if (error !== null) actions.push(tellError(error));
  if (close !== null) actions.push(tellClose(...close));
  actions.push(act(transport));
  return { next: 'idle', ended, actions };
}

// How a connection ends that makes room for another (S3).
function replaced(state) {
  const close = ['normal', 1000, 'replaced'];
  switch (state.phase) {
    case 'idle': return stay('idle');
    case 'connecting': return end(state, 'replaced', { connect: 2, close });
    case 'open': return end(state, 'replaced', { frame: 'normal', close, transport: 'linger' });
    case 'closing': return end(state, 'replaced', { close: ['as-requested', null, 'local'], transport: 'linger' });
  }
}

function connect(state, event) {
  if (event in REFUSED_URLS) return stay(state.phase, settle('this', REFUSED_URLS[event]));
  // V5 stands between the url and the other parameters.
  if (state.onExisting === 'reject' && state.phase !== 'idle') return stay(state.phase, settle('this', 2));
  if (event === 'connect-parameter-invalid') return stay(state.phase, settle('this', 1));
  const { ended, actions } = replaced(state);
  const accepted = state.settle === 'on-accept' ? [settle('this')] : [];
  return { next: 'connecting', ended, actions: [...actions, act('begin'), ...accepted, arm('connect')] };
}

function close(state) {
  switch (state.phase) {
    case 'idle': case 'closing': return stay(state.phase, settle('this'));
    case 'connecting':
      return end(state, 'closed', {
        first: [settle('this')], connect: 1, close: ['as-requested', null, 'local'],
      });
    case 'open':
      return {
        next: 'closing',
        ended: null,
        actions: [...TIMERS.open.map(disarm), sendClose('as-requested'), settle('this'), arm('close')],
      };
  }
}

function whileConnecting(state, event) {
  if (event === 'opened') {
    const success = state.settle === 'on-outcome' ? [settle('connect')] : [];
    const actions = [disarm('connect'), ...success, { do: 'tell', event: 'open' }, arm('ping')];
    return { next: 'open', ended: null, actions };
  }
  const code = FAILURES[event];
  return code === undefined ? stay('connecting') : end(state, 'failed', { connect: code, error: code });
}

function whileOpen(state, event) {
  switch (event) {
    case 'heard': return stay('open', disarm('pong'), arm('ping'));
    case 'message': return stay('open', { do: 'tell', event: 'message' });
    case 'ping': return stay('open', act('answer-ping'));
    case 'ping-due': return stay('open', act('send-ping'), arm('pong'));
    case 'sent': return stay('open', settle('send'));
    case 'peer-close':
      return end(state, 'closed', { frame: 'reply', close: ['of-peer', null, 'remote'], transport: 'linger' });
    case 'end-of-stream': return end(state, 'failed', { close: ['abnormal', 1006, 'abnormal'] });
    case 'transport-error': return end(state, 'failed', { error: 1, close: ['abnormal', 1006, 'abnormal'] });
    // F7: no ping goes out any more, and what was received is told before the end.
    case 'unwritable': return stay('open', ...TIMERS.open.map(disarm), act('fail-sends'));
    case 'pong-timeout': return end(state, 'failed', { error: 6, close: ['abnormal', 1006, 'timeout'] });
    case 'violation': case 'not-utf8': case 'over-limit': {
      const { frame, number, cause, error } = VIOLATIONS[event];
      return end(state, 'failed', { frame, error, close: [frame, number, cause], transport: 'linger' });
    }
    default: return stay('open');
  }
}

// Nobody is told an error any more, and no second close frame goes out.
function whileClosing(state, event) {
  const abnormal = ['abnormal', 1006, 'local'];
  switch (event) {
    case 'sent': return stay('closing', settle('send'));
    case 'unwritable': return stay('closing', act('fail-sends'));
    case 'peer-close':
      return end(state, 'closed', { close: ['of-peer', null, 'local'], transport: 'linger' });
    case 'end-of-stream': case 'violation': case 'not-utf8': case 'over-limit':
      return end(state, 'closed', { close: abnormal, transport: 'linger' });
    case 'transport-error': case 'close-timeout': return end(state, 'closed', { close: abnormal });
    default: return stay('closing');
  }
}

// What an input does: the next state, how the current connection ended by it, and what is to be done, in order.
// A signal of a connection that is not current any more is named stale-…, and does nothing (G1).
export function step(state, event) {
  const { phase } = state;
  if (event.startsWith('stale-')) return stay(phase);
  if (event.startsWith('connect-')) return connect(state, event);
  switch (event) {
    case 'send-accepted': return stay(phase, phase === 'open' ? act('queue-message') : settle('this', 10));
    case 'send-refused': return stay(phase, settle('this', phase === 'open' ? 11 : 10));
    case 'close-accepted': return close(state);
    case 'close-refused': return stay(phase, settle('this', 1));
  }
  switch (phase) {
    case 'idle': return stay('idle');
    case 'connecting': return whileConnecting(state, event);
    case 'open': return whileOpen(state, event);
    case 'closing': return whileClosing(state, event);
  }
}

// A session: inputs come with the number of a call or of a connection, and what a Mini Program observes comes out.
export class Session {
  constructor({ settle: mode, onExisting }) {
    this.state = { phase: 'idle', settle: mode, onExisting };
    this.connection = 0; // the current one, or the last; accepted connects are counted from 1
    this.connectCall = null;
    this.pending = []; // sends that wait, oldest first
  }

  input({ event, call, connection }) {
    // No connection is current while idle, so every signal that has a connection is late then.
    const current = this.state.phase === 'idle' ? 0 : this.connection;
    const isStale = typeof connection === 'number' && connection !== current;
    const { next, ended, actions } = step(this.state, isStale ? `stale-${event}` : event);
    const told = actions.flatMap((action) => this.perform(action, call));
    this.state.phase = next;
    return { state: next, ended, told, actions };
  }

  perform(action, call) {
    const { connection } = this;
    switch (action.do) {
      case 'settle': return this.settle(action, call);
      case 'tell': {
        const { do: _, ...told } = action;
        return [{ ...told, connection }];
      }
      case 'begin':
        this.connection += 1;
        this.connectCall = call;
        return [];
      case 'queue-message':
        this.pending.push(call);
        return [];
      case 'fail-sends': return this.pending.splice(0).flatMap((send) => results(send, 11));
      // The rest is for what lies beneath: timers, frames and transports.
      default: return [];
    }
  }

  settle({ call: which, error }, call) {
    switch (which) {
      case 'this': return results(call, error);
      case 'connect': return results(this.connectCall, error);
      case 'send': return this.pending.length === 0 ? [] : results(this.pending.shift(), error);
    }
  }
}

// Success or fail, and complete right behind it (G2).
function results(call, error) {
  const result = error === null ? { call, result: 'success' } : { call, result: 'fail', error };
  return [result, { call, result: 'complete' }];
}
