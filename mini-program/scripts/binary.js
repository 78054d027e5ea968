// Bytes, out in every way that there is, and back. Run it with --binary base64 and --binary arraybuffer.
const [url] = argv;
const bytes = new Uint8Array([0xfb, 0xff, 0, 1]);
const sends = [
    { data: '+/8AAQ==', isBuffer: true },
    { data: bytes.buffer },
    { data: bytes.buffer, isBuffer: true },
    { data: bytes.subarray(1, 3) },
    { data: new DataView(bytes.buffer, 2) },
    { data: new ArrayBuffer(0) },
    { data: '+/8AAQ==', isBuffer: false },
];
const next = () => {
    const message = sends.shift();
    if (message) my.sendSocketMessage(message);
    else my.closeSocket();
};
my.onSocketOpen(next);
my.onSocketMessage(({ data, isBuffer }) => {
    const shown = typeof data === 'string' ? data : `[${new Uint8Array(data)}]`;
    console.log(shown, isBuffer);
    next();
});
my.connectSocket({ url });
