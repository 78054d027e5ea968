// Runs clients of others, unmodified, in the host, and prints what came of it.
//
//   node run.mjs HOST CERTIFICATES [PATTERN]   HOST: the program; CERTIFICATES: a folder with ca.pem, server.pem, server.key;
//                                              PATTERN: of the runs only those whose names match this regular expression
//
// MESSAGES=n sets how many messages go each way, at each quality of service. With NO_MOSQUITTO set, aedes is the only broker. With
// NODE set, the same is done in Node over `ws`, to compare with.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

import { aedes, cut, mosquitto, silentOnce, websockets } from './servers.mjs';

const [host, certificates, pattern = ''] = process.argv.slice(2);
const COUNT = Number(process.env.MESSAGES ?? 10_000);
// Restarts of a broker in each direction, at each quality that promises delivery: 21 in a run, or 28.
const RESTARTS = 7;
// A run that logs nothing for so long is given up. The longest wait of its own is a connect that nobody answers, of 10 s.
const SILENCE_MS = 30_000;
// A broker that writes at every change may keep both its clients waiting for longer, on a slow machine.
const SAVING_MS = 120_000;
// After this long without another message, what the broker has not handed on is lost.
const LATE_MS = 10_000;
const folder = import.meta.dirname;
const tlsOptions = {
    cert: fs.readFileSync(path.join(certificates, 'server.pem')),
    key: fs.readFileSync(path.join(certificates, 'server.key')),
};

// Runs scripts in the host; gives the lines that they log, and hands each to `hear` at once. Ends it after `patience` without one.
async function run(adapter, scripts, argument, hear = () => {}, patience = SILENCE_MS) {
    const ca = path.join(certificates, 'ca.pem');
    const [program, options, env] = adapter === 'node'
        ? [process.execPath, ['in-node.mjs'], { ...process.env, NODE_EXTRA_CA_CERTS: ca }]
        : [host, ['--adapter', adapter, '--ca', ca], process.env];
    const child = spawn(program, [...options, ...scripts, '--', JSON.stringify(argument)], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = [];
    let errors = '';
    child.stderr.on('data', (data) => { errors += data; });
    const silent = setTimeout(() => child.kill('SIGKILL'), patience);
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
        silent.refresh();
        lines.push(line);
        hear(line);
    });
    const [status, signal] = await once(child, 'close');
    clearTimeout(silent);
    if (status !== 0 && (status !== 1 || unknown(errors).length > 0)) {
        const end = signal ? `was silent for ${patience / 1000} s` : `ended with ${status}`;
        throw new Error(`the host ${end}; it logged\n${lines.slice(-10).join('\n')}\n${unknown(errors).join('').slice(-5000)}`);
    }
    return { lines, errors };
}

function demand(truth, what) {
    if (!truth) throw new Error(what);
}

const MQTT = ['environment.js', 'node_modules/mqtt/dist/mqtt.min.js', 'mqtt.js'];

// What the library itself leaves uncaught when a connection goes: an error of a stream that nobody listens to, from within its `fail`
// callback. It lives on, as it does in a container that logs it.
const KNOWN = /^Uncaught Error\n    at fail \(node_modules\/mqtt\//;

function unknown(errors) {
    return errors.split(/^(?=Uncaught)/m).filter((error) => error.trim() !== '' && !KNOWN.test(error));
}

// The client publishes `count` messages and then receives as many, at each quality of service. The broker goes and comes back
// while they are under way, in even parts of them.
async function exchange(adapter, secure, broker, { count, silent = false, restarts = 0 }) {
    const marks = new Set(Array.from({ length: restarts }, (_, at) => 100 * Math.floor((count * (at + 1)) / (restarts + 1) / 100)));
    const arrived = [0, 1, 2].map(() => ({ different: new Set(), all: 0 }));
    let lastArrival = Date.now();
    for (const qos of silent ? [] : [0, 1, 2]) {
        await broker.subscribe(`up/${qos}`, (text) => {
            arrived[qos].different.add(text);
            arrived[qos].all += 1;
            lastArrival = Date.now();
        });
    }
    let restarted = 0;
    let work = Promise.resolve();
    const publish = async (qos) => {
        for (let at = 0; at < count; at += broker.atOnce) {
            const batch = Array.from({ length: Math.min(broker.atOnce, count - at) }, (_, next) => String(at + next));
            await Promise.all(batch.map((text) => broker.publish(`down/${qos}`, text, qos)));
        }
    };
    // Says that all was sent and the last kill is over, until the client says that it has heard enough.
    const heard = new Set();
    const end = async (qos) => {
        await work;
        while (!heard.has(qos)) {
            await broker.publish(`down/${qos}`, 'end', qos);
            await sleep(200);
        }
    };
    const publishing = [];
    const hear = (line) => {
        const [word, ...numbers] = line.split(' ');
        const [qos, number] = numbers.map(Number);
        if (word === 'listening') publishing.push(publish(qos).then(() => broker.killed && end(qos)));
        if (word === 'received') heard.add(qos);
        if (broker.survives.includes(`${word} ${qos}`) && marks.has(number)) {
            restarted += 1;
            work = work.then(() => broker.restart());
        }
    };
    const { port, atOnce, delivers, killed } = broker;
    const argument = { port, secure, count, atOnce, silent, delivers, killed };
    const scripts = adapter === 'node' ? ['mqtt.js'] : MQTT;
    const { lines, errors } = await run(adapter, scripts, argument, hear, killed ? SAVING_MS : SILENCE_MS)
        .finally(() => [0, 1, 2].forEach((qos) => heard.add(qos)));
    await Promise.all([work, ...publishing]);
    // The broker hands on what it took when it can, and that may be after the client has gone. What is lost is not awaited forever.
    const missing = () => !silent && arrived.some(({ different }) => different.size < count);
    while (missing() && Date.now() - lastArrival < LATE_MS) await sleep(20);
    demand(unknown(errors).length === 0, unknown(errors).join(''));
    const report = JSON.parse(lines.at(-1).replace(/^report /, ''));
    return { ...report, restarted, arrived };
}

async function mqtt(adapter, secure, start) {
    const broker = await start();
    const { received, again, connects, restarted, arrived } = await exchange(adapter, secure, broker, { count: COUNT, restarts: RESTARTS })
        .finally(() => broker.stop());
    for (const [qos, { different }] of arrived.entries()) {
        demand(different.size === COUNT, `QoS ${qos}: ${different.size} of ${COUNT} arrived`);
    }
    const repeated = [1, 2].map((qos) => (arrived[qos].all - COUNT) + (received[qos]?.repeated ?? 0));
    demand(repeated[1] === 0 || !broker.exactly, `QoS 2: ${repeated[1]} came twice`);
    return `${COUNT} out at QoS 0, 1 and 2, ${COUNT} in at QoS ${broker.delivers.join(', ')}, none lost; ${restarted} restarts, `
        + `${connects} connects; given up by the client and handed over again: ${again}; came twice at QoS 1: ${repeated[0]}, at QoS 2: ${repeated[1]}`;
}

// The broker is killed, by SIGKILL, while messages are under way. It forgets what it has not written yet, of what it acknowledged, too,
// so losses are counted and not judged: NODE shows as many. Judged is that the client comes back each time, that every message that it
// publishes is acknowledged in the end, and that it ends in order.
async function killed(adapter, secure) {
    const broker = await mosquitto(certificates, secure, 'SIGKILL');
    const { received, again, connects, restarted, arrived } = await exchange(adapter, secure, broker, { count: COUNT, restarts: RESTARTS })
        .finally(() => broker.stop());
    // With fewer messages there are fewer marks among them.
    demand(restarted >= 20 || COUNT < 1000, `only ${restarted} kills`);
    const out = [1, 2].map((qos) => `QoS ${qos} ${COUNT - arrived[qos].different.size} lost, ${arrived[qos].all - arrived[qos].different.size} twice`);
    const back = received.filter(({ qos }) => qos > 0).map(({ qos, lost, repeated }) => `QoS ${qos} ${lost} lost, ${repeated} twice`);
    return `${restarted} kills, ${connects} connects, all ${3 * COUNT} acknowledged; given up by the client and handed over again: ${again}; `
        + `out: ${out.join('; ')}; in: ${back.join('; ')}`;
}

async function recovers(adapter, secure) {
    const broker = await silentOnce(secure && tlsOptions);
    const { connects, keptAlive } = await exchange(adapter, secure, broker, { count: 100, silent: true });
    await broker.stop();
    demand(connects <= 2, `${connects} connects`);
    demand(keptAlive, 'pings did not keep the connection');
    return `${connects} connects; pings keep it, and it ends in order`;
}

async function libraries(adapter, secure) {
    const servers = await websockets(secure && tlsOptions);
    const scripts = [
        'environment.js', '../websocket.js', 'node_modules/socket.io-client/dist/socket.io.min.js',
        'node_modules/@stomp/stompjs/bundles/stomp.umd.min.js',
        'node_modules/reconnecting-websocket/dist/reconnecting-websocket-iife.min.js', 'websockets.js',
    ];
    const { lines } = await run(adapter, scripts, servers.urls);
    await servers.stop();
    const passed = lines.filter((line) => line.startsWith('passed '));
    demand(passed.length === 4, `only ${passed.join(', ')}`);
    return passed.map((line) => line.replace('passed ', '')).join(', ');
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let [passed, failed] = [0, 0];
async function report(name, test) {
    if (!new RegExp(pattern).test(name)) return;
    const began = Date.now();
    let words;
    try {
        words = await test();
        passed += 1;
    } catch (error) {
        words = `FAILED: ${error.message}`;
        failed += 1;
    }
    console.log(`${name}: ${words} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

for (const adapter of process.env.NODE ? ['node'] : ['mio', 'smol']) {
    for (const secure of [false, true]) {
        const where = `${adapter}, ${secure ? 'wss' : 'ws'}`;
        const brokers = { aedes: () => aedes(secure && tlsOptions) };
        if (!process.env.NO_MOSQUITTO) {
            brokers.mosquitto = () => mosquitto(certificates, secure);
            brokers['mosquitto behind a network that is cut'] = async () => cut(await brokers.mosquitto());
        }
        for (const [name, start] of Object.entries(brokers)) {
            await report(`${where}, mqtt and ${name}`, () => mqtt(adapter, secure, start));
        }
        if (brokers.mosquitto) {
            await report(`${where}, mqtt and mosquitto, killed`, () => killed(adapter, secure));
        }
        if (adapter === 'node') continue;
        await report(`${where}, mqtt and a broker that is silent once`, () => recovers(adapter, secure));
        await report(where, () => libraries(adapter, secure));
    }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
