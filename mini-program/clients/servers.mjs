// The servers that clients are tried against, of each protocol the usual one. All are in this process, but for mosquitto.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { Aedes } from 'aedes';
import { GraphQLObjectType, GraphQLInt, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import mqtt from 'mqtt';
import { Server as SocketIo } from 'socket.io';
import { createWebSocketStream, WebSocketServer } from 'ws';

const HOST = '127.0.0.1';

// A file system in memory, where there is one.
const MEMORY = '/dev/shm';

// A server of HTTP on a port that stays the same over restarts, and its sockets, which are destroyed when it is killed.
export class Listener {
    #sockets = new Set();

    constructor(tls, attach) {
        this.server = tls ? https.createServer(tls) : http.createServer();
        attach(this.server);
        this.server.on('connection', (socket) => {
            this.#sockets.add(socket);
            socket.on('close', () => this.#sockets.delete(socket));
        });
    }

    async listen(port = 0) {
        this.server.listen(port, HOST);
        await once(this.server, 'listening');
        this.port = this.server.address().port;
        return this;
    }

    async kill() {
        for (const socket of this.#sockets) socket.destroy();
        this.server.close();
        await once(this.server, 'close');
    }
}

// The broker aedes. What it knows outlives a kill, as that of a broker on disk does.
export async function aedes(tls) {
    const broker = await Aedes.createBroker({ concurrency: 1000 });
    const start = (port) => new Listener(tls, (server) => {
        const sockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' });
        sockets.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket).on('error', () => {}), request));
    }).listen(port);
    let listener = await start(0);
    return {
        port: listener.port,
        atOnce: 50,
        // To a client that has published at QoS 2 it does not deliver all at QoS 2, over any transport (tried in Node over `ws`).
        delivers: [0, 1],
        survives: ['up 1', 'up 2', 'down 1'],
        exactly: true,
        // The other side of a client is the broker itself.
        subscribe: (topic, hear) => new Promise((done) => broker.subscribe(topic, (packet, next) => {
            hear(packet.payload.toString());
            next();
        }, done)),
        publish: (topic, payload, qos) => new Promise((resolve, reject) => broker.publish(
            { topic, payload, qos, retain: false },
            (error) => (error ? reject(error) : resolve()),
        )),
        async restart() {
            await listener.kill();
            listener = await start(listener.port);
        },
        async stop() {
            await listener.kill();
            broker.close();
        },
    };
}

// The broker mosquitto. Told to stop by SIGTERM, it writes what it knows to disk. To be killed by SIGKILL, it writes at every change,
// but does not count as a change that it hands a message to a connected client. So it hands over only so many at once: the others wait,
// and it writes down what waits. It writes into memory, which outlives a kill: a disk would make each change take so long that for a
// minute nobody hears anything. Its listener for WebSocket is on every interface, so the caller has to be in a network namespace of its
// own. (This version wants a listener of another kind beside it.)
export async function mosquitto(certificates, secure, signal = 'SIGTERM') {
    const killed = signal === 'SIGKILL';
    // So many it also takes from a client at QoS 2 that are under way, or it sends the client away. After a kill it counts those that the
    // client has completed since it wrote last, forever. So there is room for those of nine kills, beside those that are under way.
    const [atOnce, inflight] = killed ? [10, 100] : [50, 0];
    const folder = fs.mkdtempSync(path.join(killed && fs.existsSync(MEMORY) ? MEMORY : os.tmpdir(), 'mosquitto-'));
    fs.chmodSync(folder, 0o777);
    const [port, tcp] = [await freePort(), await freePort()];
    for (const file of ['server.pem', 'server.key']) {
        fs.copyFileSync(path.join(certificates, file), path.join(folder, file));
        fs.chmodSync(path.join(folder, file), 0o644);
    }
    fs.writeFileSync(path.join(folder, 'mosquitto.conf'), [
        'allow_anonymous true', 'persistence true', `persistence_location ${folder}/`,
        ...(killed ? ['autosave_on_changes true', 'autosave_interval 1'] : []),
        'max_queued_messages 0', `max_inflight_messages ${inflight}`,
        `listener ${tcp} ${HOST}`, `listener ${port}`, 'protocol websockets',
        ...(secure ? [`certfile ${folder}/server.pem`, `keyfile ${folder}/server.key`] : []), '',
    ].join('\n'));
    const start = async () => {
        const child = spawn('mosquitto', ['-c', path.join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
        await answers(port);
        return child;
    };
    const stop = async (child) => {
        child.kill(signal);
        await once(child, 'exit');
    };
    let child = await start();
    // The other side of a client is another one, over TCP, which has to come back as well.
    const other = mqtt.connect({ port: tcp, host: HOST, clientId: 'other', clean: false, reconnectPeriod: 20 });
    other.on('error', () => {});
    const listeners = new Map();
    // Again after each kill, since the broker may have forgotten what it confirmed: mqtt.js says more.
    const subscribe = (topic) => other.subscribeAsync({ [topic]: { qos: 2 }, resubscribe: true });
    if (killed) other.on('connect', () => [...listeners.keys()].forEach((topic) => subscribe(topic).catch(() => {})));
    other.on('message', (topic, payload) => listeners.get(topic)?.(payload.toString()));
    return {
        port,
        atOnce,
        delivers: [0, 1, 2],
        // What was under way at QoS 2 when it stopped it sends and takes twice when it is back, over any transport, so QoS 2 to the
        // client is tried behind `cut`.
        survives: ['up 1', 'up 2', 'down 1', ...(killed ? ['down 2'] : [])],
        exactly: false,
        killed,
        async subscribe(topic, hear) {
            listeners.set(topic, hear);
            await subscribe(topic);
        },
        // Again, if the client gives it up: mqtt.js says why.
        publish: async function publish(topic, payload, qos) {
            try {
                await other.publishAsync(topic, payload, { qos });
            } catch (error) {
                if (error.message !== 'Connection closed') throw error;
                await publish(topic, payload, qos);
            }
        },
        async restart() {
            await stop(child);
            child = await start();
        },
        async stop() {
            await other.endAsync(true);
            await stop(child);
            fs.rmSync(folder, { recursive: true });
        },
    };
}

// The same broker, whose network is cut instead: it stays, and its clients' connections go. So it is held to QoS 2.
export async function cut(broker) {
    const start = (port) => new Listener(null, (server) => {
        server.removeAllListeners('connection');
        server.on('connection', (socket) => {
            const behind = net.connect(broker.port, HOST);
            for (const [one, other] of [[socket, behind], [behind, socket]]) {
                one.on('error', () => {}).on('close', () => other.destroy()).pipe(other);
            }
        });
    }).listen(port);
    let listener = await start(0);
    return {
        ...broker,
        survives: ['up 1', 'up 2', 'down 1', 'down 2'],
        port: listener.port,
        exactly: true,
        async restart() {
            await listener.kill();
            listener = await start(listener.port);
        },
        async stop() {
            await listener.kill();
            await broker.stop();
        },
    };
}

async function freePort() {
    const server = net.createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    return port;
}

async function answers(port) {
    for (let tries = 0; tries < 500; tries += 1) {
        const socket = net.connect(port, HOST);
        const connected = await new Promise((resolve) => socket.on('connect', () => resolve(true)).on('error', () => resolve(false)));
        socket.destroy();
        if (connected) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`nobody listens at ${port}`);
}

// A broker that accepts its first connection and then says nothing, and serves all others well.
export async function silentOnce(tls) {
    const broker = await Aedes.createBroker();
    let connections = 0;
    const listener = await new Listener(tls, (server) => {
        const sockets = new WebSocketServer({ server, handleProtocols: () => 'mqtt' });
        sockets.on('connection', (socket, request) => {
            connections += 1;
            if (connections > 1) broker.handle(createWebSocketStream(socket).on('error', () => {}), request);
        });
    }).listen();
    return {
        port: listener.port,
        atOnce: 50,
        delivers: [0],
        survives: [],
        subscribe: () => Promise.resolve(),
        publish: (topic, payload, qos) => new Promise((resolve) => broker.publish({ topic, payload, qos, retain: false }, resolve)),
        async stop() {
            await listener.kill();
            broker.close();
        },
    };
}

function socketIo(server) {
    const io = new SocketIo(server, { transports: ['websocket'] });
    io.on('connection', (socket) => {
        socket.on('echo', (...values) => values.pop()(values));
        socket.on('bytes', (bytes, reply) => reply(bytes));
        socket.on('drop', () => socket.conn.transport.socket.terminate());
        socket.on('leave', () => socket.disconnect(true));
    });
}

// As much of STOMP 1.2 as an echo needs.
function stomp(server) {
    const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] });
    sockets.on('connection', (socket) => {
        const subscriptions = new Map();
        let messages = 0;
        const send = (command, headers, body = '') => {
            const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('');
            socket.send(`${command}\n${lines}\n${body}\0`);
        };
        socket.on('message', (data) => {
            const [head, body = ''] = data.toString().replace(/\0$/, '').split(/\r?\n\r?\n/, 2);
            const [command, ...lines] = head.trim().split(/\r?\n/);
            const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s, 2)));
            const { destination, id, receipt } = headers;
            if (command === 'CONNECT' || command === 'STOMP') send('CONNECTED', { version: '1.2', 'heart-beat': '0,0' });
            else if (command === 'SUBSCRIBE') subscriptions.set(id, destination);
            else if (command === 'UNSUBSCRIBE') subscriptions.delete(id);
            else if (command === 'SEND' && destination === '/drop') socket.terminate();
            else if (command === 'SEND') {
                for (const [subscription, name] of subscriptions) {
                    messages += 1;
                    if (name === destination) send('MESSAGE', { destination, subscription, 'message-id': messages }, body);
                }
            }
            if (receipt) send('RECEIPT', { 'receipt-id': receipt });
        });
    });
}

function graphql(server) {
    const query = new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'world' } } });
    const count = {
        type: GraphQLInt,
        async *subscribe() {
            for (let at = 0; at < 50; at += 1) yield { count: at };
        },
    };
    const subscription = new GraphQLObjectType({ name: 'Subscription', fields: { count } });
    useServer({ schema: new GraphQLSchema({ query, subscription }) }, new WebSocketServer({ server }));
}

function echo(server) {
    new WebSocketServer({ server }).on('connection', (socket) => {
        socket.on('message', (data) => (data.toString() === 'drop' ? socket.terminate() : socket.send(data.toString())));
    });
}

// The servers of ../clients/websockets.js: their urls, and how to stop them.
export async function websockets(tls) {
    const listeners = {};
    for (const [name, attach] of Object.entries({ socketIo, stomp, graphql, echo })) {
        listeners[name] = await new Listener(tls, attach).listen();
    }
    const scheme = tls ? 'wss' : 'ws';
    const urls = Object.fromEntries(
        Object.entries(listeners).map(([name, { port }]) => [name, `${scheme}://localhost:${port}/`]),
    );
    return { urls, stop: () => Promise.all(Object.values(listeners).map((listener) => listener.kill())) };
}
