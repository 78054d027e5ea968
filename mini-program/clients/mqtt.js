// MQTT.js over `my.*`, by its own driver for Alipay. argv[0] says where to and how much, as JSON. Where there is no `my`, in Node, it
// connects over `ws`.
const { port, secure, count, atOnce, silent, delivers, killed } = JSON.parse(argv[0]);
const native = typeof my === 'object';
const qualities = silent ? [0] : [0, 1, 2];
let connects = 0;
const overMy = () => ({
    protocol: secure ? 'alis' : 'ali',
    my: { ...my, connectSocket: (options) => (connects += 1, my.connectSocket(options)) },
});
const connect = (options) => mqtt.connect({
    ...(native ? overMy() : { protocol: secure ? 'wss' : 'ws' }),
    hostname: 'localhost',
    port,
    path: '/',
    clientId: 'host',
    clean: false,
    reconnectPeriod: 20,
    // Its other timers are those of a Web Worker.
    timerVariant: 'native',
    ...options,
});
const client = connect({ keepalive: 30, connectTimeout: silent ? 2_000 : 10_000 });
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

// Publishes `count` messages, `atOnce` at a time.
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
    await Promise.all(Array.from({ length: atOnce }, some));
};

// Receives `count` different messages, and counts those that come again. A broker that is killed may lose some: then the other side
// says `end`, again and again, when it has sent all, and no more is awaited when only that came, so many times.
const ENDS = 10;
const receive = (qos) => new Promise((resolve) => {
    const seen = new Set();
    const received = { qos, repeated: 0, lost: count };
    let ends = 0;
    report.received.push(received);
    const heard = (topic, payload) => {
        if (topic !== `down/${qos}`) return;
        const text = payload.toString();
        ends = text === 'end' ? ends + 1 : 0;
        if (text === 'end') {
            // Nothing is counted.
        } else if (seen.has(text)) {
            received.repeated += 1;
        } else {
            seen.add(text);
            received.lost -= 1;
            if (seen.size % 100 === 0) console.log('down', qos, seen.size);
        }
        if (killed ? ends !== ENDS : seen.size < count) return;
        if (!killed) client.removeListener('message', heard);
        console.log('received', qos);
        resolve();
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
        // A broker that is killed may have forgotten what it confirmed, and MQTT.js trusts a broker that still knows its session. Without
        // `resubscribe` it also takes a topic that it has subscribed to before as done, and sends nothing.
        const subscribe = () => client.subscribeAsync({ [`down/${qos}`]: { qos }, resubscribe: true });
        await insist(subscribe);
        if (killed) client.on('connect', () => insist(subscribe));
        // The other side may begin.
        console.log('listening', qos);
        await receive(qos);
    }
    report.connects = connects;
    // A message that comes while the client ends is answered by a write after the end. That destroys the driver's stream, and the driver
    // closes the socket only when its stream ends in order, so it would stay open. Each `end` may still be on its way: after the answer to
    // `unsubscribe` no other one comes, and after the answer to one more message those that came are settled at QoS 2, too.
    if (killed) {
        await insist(() => client.unsubscribeAsync(delivers.map((qos) => `down/${qos}`)));
        await insist(() => client.publishAsync('settled', '', { qos: 1 }));
    }
    await ended(client);
    if (silent) report.keptAlive = await keptAlive();
    console.log(`report ${JSON.stringify(report)}`);
};

// What goes wrong ends the run at once, and is reported as an uncaught rejection.
client.once('connect', () => exchange().catch((error) => {
    client.end(true);
    throw error;
}));
