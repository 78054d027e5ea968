// Subprotocols, offered through `header`, the page's way, and through `protocols`. argv[0] is a server that chooses `chat`.
const [url] = argv;
/** @type {[string, object][]} */
const offers = [
    ['header', { header: { 'sec-websocket-protocol': 'mqtt, chat' } }],
    ['protocols', { protocols: ['chat'] }],
    ['protocols, a string', { protocols: 'chat' }],
    ['neither', {}],
    ['another', { protocols: ['mqtt'] }],
];
const next = () => {
    const offer = offers.shift();
    if (!offer) return;
    const [name, options] = offer;
    my.offSocketOpen();
    my.onSocketOpen(({ header }) => {
        console.log(name, 'opens with', header['sec-websocket-protocol']);
        my.closeSocket();
    });
    my.connectSocket({
        url,
        ...options,
        fail: ({ error }) => {
            console.log(name, 'fails with', error);
            next();
        },
    });
};
my.onSocketClose(next);
next();
