// Which address is dialled when (RFC 8305, rule T). It dials nothing: it says what is to be done.

const STAGGER_MS = 250;
const MOST_AT_ONCE = 8;

const isV6 = (address) => address.includes(':');

// Each address once, the families in turn, beginning with that of the first.
function interleaved(addresses) {
  const unique = [...new Set(addresses)];
  const first = unique.filter((address) => isV6(address) === isV6(unique[0]));
  const other = unique.filter((address) => isV6(address) !== isV6(unique[0]));
  const order = [];
  while (first.length + other.length > 0) order.push(...first.splice(0, 1), ...other.splice(0, 1));
  return order;
}

export class DialPlan {
  constructor(addresses) {
    this.addresses = interleaved(addresses);
    this.dialled = 0; // how many were; the next attempt has this number
    this.running = []; // the attempts under way, oldest first
    this.deadline = Infinity; // when the next address has its turn
  }

  // The next address, if there is one, and the attempt that makes room for it, if as many run as may. The wait for the
  // address behind it begins now.
  next(now) {
    if (this.dialled === this.addresses.length) return null;
    const givesUp = this.running.length < MOST_AT_ONCE ? null : this.running.shift();
    const attempt = this.dialled;
    this.dialled += 1;
    this.running.push(attempt);
    this.deadline = this.dialled < this.addresses.length ? now + STAGGER_MS : Infinity;
    return { attempt, address: this.addresses[attempt], givesUp };
  }

  isRunning(attempt) {
    return this.running.includes(attempt);
  }

  // It has failed, or won: it runs no more.
  take(attempt) {
    this.running = this.running.filter((other) => other !== attempt);
  }
}
