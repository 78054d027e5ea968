// What waits to be written to one transport: frames in their order, a ping and a pong that pass the messages, and
// what is left of it all when the connection ends (F5, M3, M4).

// What a message that waits counts on the high-water mark beside its frame.
const RECEIPT = 16;

export class Output {
  constructor() {
    // The request, messages and the close frame: each is its `kind`, its `bytes`, how many are `out`, and its `call`.
    this.frames = [];
    this.control = []; // pings and pongs: of those of which nothing is out, one of each kind at most
    this.isClosed = false; // nothing is queued behind the close frame
  }

  push(kind, bytes, call = null) {
    if (this.isClosed) return;
    // Only the newest ping has to be answered.
    if (kind === 'pong') this.control = this.control.filter((frame) => frame.kind !== 'pong' || frame.out > 0);
    (kind === 'ping' || kind === 'pong' ? this.control : this.frames).push({ kind, bytes, out: 0, call });
    this.isClosed = kind === 'close';
  }

  hasPing() {
    return this.control.some((frame) => frame.kind === 'ping' && frame.out === 0);
  }

  // In the order in which it goes out: nothing cuts a frame that has begun.
  get waiting() {
    const all = [...this.control, ...this.frames];
    return [...all.filter((frame) => frame.out > 0), ...all.filter((frame) => frame.out === 0)];
  }

  isEmpty() {
    return this.control.length + this.frames.length === 0;
  }

  // M3: what is not out of every frame, and 16 bytes for each message whose last byte is not.
  hasRoom(length, highWater) {
    const charges = this.waiting.map(({ kind, bytes, out }) => bytes.length - out + (kind === 'message' ? RECEIPT : 0));
    return charges.reduce((sum, charge) => sum + charge, length + RECEIPT) <= highWater;
  }

  // Writes as much as the transport takes, which `write` says. `sent` is called for each message that is out.
  flush(write, sent) {
    while (!this.isEmpty()) {
      const [frame] = this.waiting;
      frame.out += write(frame.bytes.subarray(frame.out));
      if (frame.out < frame.bytes.length) return;
      [this.control, this.frames] = [this.control, this.frames].map((list) => list.filter((other) => other !== frame));
      if (frame.kind === 'message') sent(frame.call);
    }
  }

  // The connection ends: the rest of a frame that is partly out stays, and nothing else. The close frame comes behind it,
  // if it is not there already.
  abandon() {
    this.control = this.control.filter((frame) => frame.out > 0);
    this.frames = this.frames.filter((frame) => frame.out > 0 || frame.kind === 'close');
  }
}
