// MQTT.js over `my.*`, by its own driver for Alipay. argv[0] says where to and how much, as JSON.
const { port, secure, count, silent, delivers } = JSON.parse(argv[0]);
const qualities = silent ? [0] : [0, 1, 2];
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
const report = { received: [], again: 0 };
client.on('error', (error) => console.log('error', error.message));

// When the connection goes while the client sends once more what was under way, it gives up what waits behind that, and says so:
// such a message has not left (https://github.com/mqttjs/MQTT.js/issues/2015). So it is handed over again, as every program has to.
const insist = async (act) => {
    for (;;) {
        try {
            return await act();
        } catch (error) {
            if (error.message !== 'Connection closed') throw error;
            report.again += 1;
        }
    }
};

// Publishes `count` messages, so many at a time.
const publish = async (qos) => {
    let [next, settled] = [0, 0];
    const some = async () => {
        while (next < count) {
            const number = next;
            next += 1;
            await insist(() => client.publishAsync(`up/${qos}`, String(number), { qos }));
            settled += 1;
            if (settled % 100 === 0) console.log('up', qos, settled);
        }
    };
    await Promise.all(Array.from({ length: WINDOW }, some));
};

// Receives `count` different messages, and counts those that come again.
const receive = (qos) => new Promise((resolve) => {
    const seen = new Set();
    let repeated = 0;
    const heard = (topic, payload) => {
        if (topic !== `down/${qos}`) return;
        if (seen.has(payload.toString())) {
            repeated += 1;
            return;
        }
        seen.add(payload.toString());
        if (seen.size % 100 === 0) console.log('down', qos, seen.size);
        if (seen.size < count) return;
        client.removeListener('message', heard);
        resolve({ qos, repeated });
    };
    client.on('message', heard);
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

const exchange = async () => {
    for (const qos of qualities) {
        await publish(qos);
        if (!delivers.includes(qos)) continue;
        await insist(() => client.subscribeAsync(`down/${qos}`, { qos }));
        // The other side may begin.
        console.log('listening', qos);
        report.received.push(await receive(qos));
    }
    report.connects = connects;
    await ended(client);
    if (silent) report.keptAlive = await keptAlive();
    console.log(`report ${JSON.stringify(report)}`);
};

// What goes wrong ends the run at once, and is reported as an uncaught rejection.
client.once('connect', () => exchange().catch((error) => {
    client.end(true);
    throw error;
}));
