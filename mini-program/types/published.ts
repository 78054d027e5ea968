// Our family can stand wherever the published one is expected. The published declarations are a namespace `my` of their own, so
// they are in a module here, and ours is the global one.
import type { my as published } from './published-my';

type Family = {
  connectSocket(options: Single): void;
  sendSocketMessage: typeof published.sendSocketMessage;
  closeSocket: typeof published.closeSocket;
  onSocketOpen: typeof published.onSocketOpen;
  offSocketOpen: typeof published.offSocketOpen;
  onSocketMessage: typeof published.onSocketMessage;
  offSocketMessage: typeof published.offSocketMessage;
  onSocketError: typeof published.onSocketError;
  offSocketError: typeof published.offSocketError;
  onSocketClose: typeof published.onSocketClose;
  offSocketClose: typeof published.offSocketClose;
};

// The overload with one socket: the page has no other.
type Single = Omit<Parameters<typeof published.connectSocket>[0], 'multiple'>;

const ours: Family = my;
void ours;

// MQTT.js's driver for Alipay calls these, in this way.
const client: import('mqtt').IClientOptions = { protocol: 'ali', my };
void client;
my.connectSocket({ url: 'wss://broker.example', protocols: 'mqtt' });
my.sendSocketMessage({ data: new ArrayBuffer(1), success() {}, fail() {} });
my.closeSocket({ success() {} });
my.onSocketOpen(() => {});
my.onSocketMessage((res) => {
  if (typeof res.data === 'string') atob(res.data);
});
my.onSocketClose(() => {});
my.onSocketError((err) => err.errorMessage.length);

// The sample of the page.
my.connectSocket({ url: 'test.php', data: {}, header: { 'content-type': 'application/json' } });
// @ts-expect-error without a url
my.connectSocket({});
// @ts-expect-error a code is a number
my.closeSocket({ code: '1000' });
