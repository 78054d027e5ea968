// A life of a connection, as a Mini Program sees it. argv[0] is a server that sends every message back.
const [url] = argv;
const told = (name) => (res) => console.log(`  ${name}`, res);
const callbacks = { success: told('success'), fail: told('fail'), complete: told('complete') };

my.onSocketOpen(({ header, profile }) => {
    console.log('  onSocketOpen', header, profile ?? '');
    console.log('my.sendSocketMessage, a text:');
    my.sendSocketMessage({ data: 'hello', ...callbacks });
});
my.onSocketMessage((res) => {
    console.log('  onSocketMessage', res);
    if (!res.isBuffer) {
        console.log('my.sendSocketMessage, bytes:');
        my.sendSocketMessage({ data: new Uint8Array([1, 2, 3]).buffer });
    } else {
        console.log('my.closeSocket:');
        my.closeSocket({ code: 1000, reason: 'bye', ...callbacks });
    }
});
my.onSocketError(told('onSocketError'));
my.onSocketClose(told('onSocketClose'));

console.log("my.connectSocket, url 'test.php', as the page prints it:");
my.connectSocket({
    url: 'test.php',
    ...callbacks,
    complete: () => {
        console.log(`my.connectSocket, ${url.replace(/\d+\/$/, '…')}:`);
        my.connectSocket({ url, data: { room: 7 }, header: { 'content-type': 'application/json' }, ...callbacks });
    },
});
