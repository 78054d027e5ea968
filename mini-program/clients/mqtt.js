// MQTT.js over `my.*`, by its own driver for Alipay. argv[0] says where to and how much, as JSON.
const { port, secure, count, silent } = JSON.parse(argv[0]);
// As many messages as are under way at most.
const WINDOW = 50;
let connects = 0;
const counted = { ...my, connectSocket: (options) => (connects += 1, my.connectSocket(options)) };
const connect = (options) => mqtt.connect({
    protocol: secure ? 'alis' : 'ali',
    hostname: 'localhost',
    port,
    path: '/',
    my: counted,
    clientId: 'host',
    clean: false,
    reconnectPeriod: 20,
    // Its other timers are those of a Web Worker.
    timerVariant: 'native',
    ...options,
});
const client = connect({ keepalive: 30, connectTimeout: silent ? 300 : 10_000 });
const report = { qos: [] };
const payloads = new Map();
client.on('message', (topic, payload) => payloads.get(topic)?.(payload.toString()));
client.on('error', (error) => console.log('error', error.message));

// Publishes `count` messages and receives them; each is counted.
const exchange = (qos) => new Promise((resolve, reject) => {
    const topic = `host/${qos}`;
    const received = new Uint8Array(count);
    let [next, distinct, doubled, settled] = [0, 0, 0, 0];
    const finish = () => {
        if (settled < count || distinct < count) return;
        payloads.delete(topic);
        resolve({ qos, sent: settled, received: distinct, doubled });
    };
    payloads.set(topic, (text) => {
        const number = Number(text);
        if (received[number] > 0) {
            doubled += 1;
            return;
        }
        received[number] = 1;
        distinct += 1;
        if (distinct % 100 === 0) console.log('progress', qos, distinct);
        finish();
    });
    const publish = () => {
        if (next === count) return;
        // Counted first: at QoS 0 the callback may come before `publish` returns.
        const number = next;
        next += 1;
        client.publish(topic, String(number), { qos }, (error) => {
            if (error) return reject(error);
            settled += 1;
            publish();
            finish();
        });
    };
    client.subscribe(topic, { qos }, (error) => {
        if (error) return reject(error);
        for (let at = 0; at < WINDOW; at += 1) publish();
    });
});

const ended = (ending) => new Promise((resolve) => ending.end(false, {}, resolve));

// Nothing is said for longer than the broker would keep a silent client: pings keep it.
const keptAlive = async () => {
    const quiet = connect({ keepalive: 1 });
    let closed = 0;
    quiet.on('close', () => { closed += 1; });
    await new Promise((resolve) => quiet.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const kept = closed === 0;
    await ended(quiet);
    return kept;
};

client.once('connect', async () => {
    for (const qos of silent ? [0] : [0, 1, 2]) report.qos.push(await exchange(qos));
    report.connects = connects;
    await ended(client);
    report.keptAlive = silent || await keptAlive();
    console.log(`report ${JSON.stringify(report)}`);
});
