// The sequences that every implementation pins. Run it behind listen.js, with --tell-replaced; argv[0] names the servers, as JSON.
const servers = JSON.parse(argv[0]);
const once = (event) => new Promise((resolve) => {
    const heard = (res) => {
        my[`off${event}`](heard);
        resolve(res);
    };
    my[`on${event}`](heard);
});
const connect = (name, options) => my.connectSocket({ ...options, ...told(name) });
const opened = async (name, url) => {
    connect(name, { url });
    await once('SocketOpen');
};
const echoes = async (data) => {
    my.sendSocketMessage({ data });
    await once('SocketMessage');
};
const send = (name) => new Promise((resolve) => my.sendSocketMessage({ data: name, ...told(name, resolve) }));
const close = async () => {
    my.closeSocket();
    await once('SocketClose');
};

const sequences = [
    async function one() {
        await opened('A', servers.echo);
        await echoes('hello');
        await close();
    },
    async function two() {
        await opened('A', servers.echo);
        await opened('B', servers.echo);
        await echoes('for B');
        await close();
    },
    async function three() {
        connect('A', { url: servers.echo });
        connect('B', { url: servers.echo });
        await opened('C', servers.echo);
        await echoes('for C');
        await close();
    },
    async function four() {
        await opened('A', servers.echo);
        for (const url of [null, 'test.php', 'http://h']) {
            connect(url, { url });
            await echoes('A is there');
        }
        await close();
    },
    async function five() {
        connect('A', { url: servers.late });
        await close();
        await opened('B', servers.echo);
        await close();
    },
    async function six() {
        await opened('A', servers.lateClose);
        my.closeSocket(told('close'));
        await opened('B', servers.echo);
        await echoes('for B');
        await close();
    },
    async function seven() {
        for (const phase of ['deaf', 'silentTls', 'silent']) {
            connect(phase, { url: servers[phase] });
            await once('SocketError');
            await opened('again', servers.echo);
            await close();
        }
    },
    async function eight() {
        for (const answer of ['unavailable', 'wrongAccept', 'unoffered']) {
            connect(answer, { url: servers[answer] });
            await once('SocketError');
        }
        connect('offered', { url: servers.unoffered, header: { 'Sec-WebSocket-Protocol': 'chat' } });
        await once('SocketOpen');
        await close();
    },
    async function nine() {
        await send('idle');
        connect('A', { url: servers.refused });
        await send('connecting');
        await once('SocketError');
        await send('after failure');
        await opened('B', servers.echo);
        my.closeSocket();
        await send('closing');
        await once('SocketClose');
        await opened('C', servers.echo);
        connect('D', { url: servers.echo });
        send('between replacement and open');
        await once('SocketOpen');
        await close();
    },
    async function ten() {
        connect('A', { url: servers.limit });
        await once('SocketMessage');
        await once('SocketClose');
    },
    async function eleven() {
        connect('EOF', { url: servers.eof });
        await once('SocketClose');
        await opened('reset', servers.reset);
        my.sendSocketMessage({ data: 'now' });
        await once('SocketClose');
    },
    async function twelve() {
        connect('A', { url: servers.glued });
        // The network is served and nothing else: what came meanwhile waits, in order.
        await once('SocketClose');
    },
];

(async () => {
    for (const sequence of sequences) {
        console.log(`-- ${sequence.name}`);
        await sequence();
    }
})();
