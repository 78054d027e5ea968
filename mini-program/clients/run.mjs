// Runs clients of others, unmodified, in the host, and prints what came of it.
//
//   node run.mjs HOST CERTIFICATES     HOST: the program; CERTIFICATES: a folder with ca.pem, server.pem, server.key
//
// MESSAGES=n sets how many messages go each way, at each quality of service. With NO_MOSQUITTO set, aedes is the only broker.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

import { aedes, mosquitto, silentOnce, websockets } from './servers.mjs';

const [host, certificates] = process.argv.slice(2);
const COUNT = Number(process.env.MESSAGES ?? 10_000);
// Restarts of a broker in one run, at each quality that promises delivery.
const RESTARTS = 12;
const PATIENCE_MS = 120_000;
const folder = import.meta.dirname;
const tlsOptions = {
    cert: fs.readFileSync(path.join(certificates, 'server.pem')),
    key: fs.readFileSync(path.join(certificates, 'server.key')),
};

// Runs scripts in the host; gives the lines that they log, and hands each to `hear` at once.
async function run(adapter, scripts, argument, hear = () => {}) {
    const options = ['--adapter', adapter, '--ca', path.join(certificates, 'ca.pem')];
    const child = spawn(host, [...options, ...scripts, '--', JSON.stringify(argument)], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = [];
    let errors = '';
    child.stderr.on('data', (data) => { errors += data; });
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        hear(line);
    });
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const status = await new Promise((resolve) => child.on('close', resolve));
    clearTimeout(late);
    if (status !== 0 || errors !== '') {
        throw new Error(`the host ended with ${status}\n${errors}\n${lines.slice(-10).join('\n')}`);
    }
    return lines;
}

function demand(truth, what) {
    if (!truth) throw new Error(what);
}

async function mqtt(adapter, secure, broker) {
    const argument = { port: broker.port, secure, count: COUNT };
    // The broker goes and comes back while messages are under way, in even parts of them.
    let restarts = 0;
    let restarting = Promise.resolve();
    const marks = new Set(Array.from({ length: RESTARTS }, (_, at) => 100 * Math.floor((COUNT * (at + 1)) / (RESTARTS + 1) / 100)));
    const hear = (line) => {
        const [word, qos, received] = line.split(' ');
        if (word === 'progress' && qos !== '0' && marks.has(Number(received))) {
            restarts += 1;
            restarting = restarting.then(() => broker.restart());
        }
    };
    const lines = await run(adapter, ['environment.js', 'node_modules/mqtt/dist/mqtt.min.js', 'mqtt.js'], argument, hear);
    await restarting;
    const report = JSON.parse(lines.at(-1).replace(/^report /, ''));
    for (const { qos, sent, received, doubled } of report.qos) {
        demand(sent === COUNT && received === COUNT, `QoS ${qos}: sent ${sent}, received ${received} of ${COUNT}`);
        demand(qos !== 2 || doubled === 0, `QoS 2: ${doubled} doubled`);
    }
    demand(report.keptAlive, 'pings did not keep the connection');
    const doubled = report.qos.map(({ doubled }) => doubled).join(', ');
    return `${COUNT} each way at QoS 0, 1, 2; ${restarts} restarts, ${report.connects} connects; none lost; repeated: ${doubled}`;
}

async function recovers(adapter, secure) {
    const broker = await silentOnce(secure && tlsOptions);
    const argument = { port: broker.port, secure, count: 100, silent: true };
    const lines = await run(adapter, ['environment.js', 'node_modules/mqtt/dist/mqtt.min.js', 'mqtt.js'], argument);
    await broker.stop();
    const { connects } = JSON.parse(lines.at(-1).replace(/^report /, ''));
    demand(connects <= 2, `${connects} connects`);
    return `${connects} connects`;
}

async function libraries(adapter, secure) {
    const servers = await websockets(secure && tlsOptions);
    const scripts = [
        'environment.js', '../websocket.js', 'node_modules/socket.io-client/dist/socket.io.min.js',
        'node_modules/@stomp/stompjs/bundles/stomp.umd.min.js',
        'node_modules/reconnecting-websocket/dist/reconnecting-websocket-iife.min.js', 'websockets.js',
    ];
    const lines = await run(adapter, scripts, servers.urls);
    await servers.stop();
    const passed = lines.filter((line) => line.startsWith('passed '));
    demand(passed.length === 4, `only ${passed.join(', ')}`);
    return passed.map((line) => line.replace('passed ', '')).join(', ');
}

let [passed, failed] = [0, 0];
async function report(name, test) {
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

for (const adapter of ['mio', 'smol']) {
    for (const secure of [false, true]) {
        const where = `${adapter}, ${secure ? 'wss' : 'ws'}`;
        const tls = secure && tlsOptions;
        const brokers = [() => aedes(tls)];
        if (!process.env.NO_MOSQUITTO) brokers.push(() => mosquitto(secure, certificates));
        for (const start of brokers) {
            const broker = await start();
            await report(`${where}, mqtt and ${broker.name}`, () => mqtt(adapter, secure, broker));
            await broker.stop();
        }
        await report(`${where}, mqtt and a broker that is silent once`, () => recovers(adapter, secure));
        await report(where, () => libraries(adapter, secure));
    }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
