// Callbacks and listeners: their order, what they throw, and promises. argv[0] is a server that sends every message back.
const [url] = argv;
const log = console.log;
const twice = () => log('  open, added twice');
my.onSocketOpen(() => { throw new TypeError('a listener throws'); });
my.onSocketOpen(twice);
my.onSocketOpen(twice);
my.onSocketOpen('no function');
my.onSocketOpen(() => log('  open, the last'));
my.offSocketOpen(() => {});
my.onSocketMessage(({ data }) => {
    log('  message', data);
    my.offSocketMessage(never);
    my.closeSocket({ complete: () => log('  closed') });
});
const never = () => log('  told although it was removed for the next event');
const gone = () => log('  never told');
my.onSocketMessage(gone);
my.offSocketMessage(gone);
my.onSocketError(gone);
my.offSocketError();
my.onSocketClose(() => promises());

log('before the call');
my.connectSocket({
    url,
    success(res) {
        log('success', JSON.stringify(res));
        Promise.resolve().then(() => log('  a job between success and complete'));
        my.sendSocketMessage({
            data: 'x',
            success: (sent) => log('  sent', JSON.stringify(sent)),
            complete: () => { throw new RangeError('a callback throws'); },
        });
        log('  nothing was told within the call');
        throw new Error('success throws');
    },
    fail: gone,
    complete: (res) => log('complete', JSON.stringify(res)),
});
log('after the call');

const promises = async () => {
    log('with a callback:', my.connectSocket({ url: null, fail: () => {} }));
    log('without:', my.connectSocket({ url: null }) instanceof Promise);
    log('closed:', JSON.stringify(await my.closeSocket()));
    await my.sendSocketMessage({ data: 'x' }).catch(({ error }) => log('not open:', error));
    // A failure that nobody looks at is no unhandled rejection; one that an async function passes on is.
    my.connectSocket({ url: 'test.php' });
    const passesOn = async () => { await my.connectSocket({ url: 'http://h' }); };
    passesOn();
};
