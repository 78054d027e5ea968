// Libraries that expect the class WebSocket, over ../websocket.js. argv[0] names the servers, as JSON.
import { createClient } from './node_modules/graphql-ws/dist/client.js';

const servers = JSON.parse(argv[0]);
const once = (target, event) => new Promise((resolve) => target.once(event, (...values) => resolve(values)));
const equal = (found, expected, what) => {
    const [one, other] = [found, expected].map((value) => JSON.stringify(value));
    if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
};

const tests = {
    async 'socket.io-client'() {
        const socket = io(servers.socketIo, { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 50 });
        await once(socket, 'connect');
        const first = socket.id;
        for (let at = 0; at < 100; at += 1) {
            equal(await socket.emitWithAck('echo', at, 'text'), [at, 'text'], 'an acknowledgement');
        }
        const bytes = await socket.emitWithAck('bytes', new Uint8Array([0xfb, 0xff, 0, 1]).buffer);
        equal([...new Uint8Array(bytes)], [0xfb, 0xff, 0, 1], 'binary');
        // A lost connection is made again by itself; one that the server ended is not, until it is asked for.
        socket.emit('drop');
        equal(await once(socket, 'disconnect').then(([reason]) => reason), 'transport close', 'a drop');
        await once(socket, 'connect');
        if (socket.id === first) throw new Error('the connection is the same');
        socket.emit('leave');
        equal(await once(socket, 'disconnect').then(([reason]) => reason), 'io server disconnect', "the server's end");
        socket.connect();
        await once(socket, 'connect');
        socket.disconnect();
    },

    async '@stomp/stompjs'() {
        const client = new StompJs.Client({ brokerURL: servers.stomp, reconnectDelay: 20, heartbeatIncoming: 0, heartbeatOutgoing: 0 });
        const connected = () => new Promise((resolve) => { client.onConnect = resolve; });
        const first = connected();
        client.activate();
        await first;
        const echo = (body) => new Promise((resolve) => {
            const subscription = client.subscribe('/topic/echo', (message) => {
                subscription.unsubscribe();
                resolve(message.body);
            });
            client.publish({ destination: '/topic/echo', body });
        });
        for (let at = 0; at < 100; at += 1) equal(await echo(`body ${at}`), `body ${at}`, 'a message');
        const again = connected();
        client.publish({ destination: '/drop', body: '' });
        await again;
        equal(await echo('again'), 'again', 'a message after a drop');
        await client.deactivate();
    },

    async 'graphql-ws'() {
        const client = createClient({ url: servers.graphql, retryAttempts: 5, retryWait: () => new Promise((go) => setTimeout(go, 20)) });
        const results = async (query) => {
            const found = [];
            for await (const { data } of client.iterate({ query })) found.push(data);
            return found;
        };
        equal(await results('{ hello }'), [{ hello: 'world' }], 'a query');
        const numbers = [...Array(50).keys()].map((count) => ({ count }));
        equal(await results('subscription { count }'), numbers, 'a subscription');
        await client.dispose();
    },

    async 'reconnecting-websocket'() {
        const socket = new ReconnectingWebSocket(servers.echo, [], { minReconnectionDelay: 20, maxReconnectionDelay: 50 });
        const next = async (type, act = () => {}) => {
            const heard = new Promise((resolve) => {
                // It forgets the option `once`.
                const listener = (event) => {
                    socket.removeEventListener(type, listener);
                    resolve(event);
                };
                socket.addEventListener(type, listener);
            });
            act();
            return heard;
        };
        await next('open');
        for (let at = 0; at < 5; at += 1) {
            equal((await next('message', () => socket.send(`round ${at}`))).data, `round ${at}`, 'an echo');
            await next('open', () => socket.send('drop'));
        }
        socket.close();
    },
};

for (const [name, test] of Object.entries(tests)) {
    await test();
    console.log('passed', name);
}
