// Parameters of every kind: each has its outcome, and none stops the program. argv[0] is a server that sends every message back.
const [url] = argv;
const cyclic = {};
cyclic.self = cyclic;
let deep = {};
for (let level = 0; level < 1e6; level += 1) deep = { deep };
const throws = (name) => ({ get [name]() { throw new Error(`the getter of ${name}`); } });
const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
};
const detached = () => {
    const buffer = new ArrayBuffer(1);
    buffer.transfer();
    return buffer;
};
const connects = {
    'nothing': undefined,
    'null': null,
    'a number': 1,
    'no url': {},
    'url null': { url: null },
    'url blank': { url: ' ' },
    'url a number': { url: 1 },
    'url an object': { url: { toString: () => url } },
    'url a String': { url: new String(url) },
    'url a function': { url: () => url },
    'url a Symbol': { url: Symbol('url') },
    'url a BigInt': { url: 1n },
    'url a Date': { url: new Date(0) },
    'url an invalid Date': { url: new Date(NaN) },
    'url relative': { url: 'test.php' },
    'url throws': throws('url'),
    'a revoked Proxy': revoked(),
    'url half a pair': { url: `${url}\ud800` },
    'data cyclic': { url, data: cyclic },
    'data deep': { url, data: { deep } },
    'data a BigInt': { url, data: { big: 1n } },
    'data throws': { url, data: throws('inside') },
    'data an array': { url, data: [1] },
    'data a Date': { url, data: new Date(0) },
    'data NaN': { url, data: NaN },
    'data a revoked Proxy': { url, data: revoked() },
    'data a function': { url, data: () => {} },
    'data a string': { url, data: 'a=b' },
    'data bytes': { url, data: new Uint8Array(1) },
    'data a Map': { url, data: new Map([['a', 1]]) },
    'data mixed': { url, data: { u: undefined, f() {}, s: Symbol('s'), n: NaN, d: new Date(0), half: '\udfff' } },
    'header a string': { url, header: 'a: b' },
    'header a Map': { url, header: new Map() },
    'header with an object': { url, header: { a: {} } },
    'header with a Date': { url, header: { a: new Date(0) } },
    'header with a line': { url, header: { a: 'b\r\nc: d' } },
    'header Infinity': { url, header: Infinity },
    'header throws': { url, ...Object.getOwnPropertyDescriptors({}), header: throws('inside') },
    'protocols a number': { url, protocols: 1 },
    'protocols of numbers': { url, protocols: [1] },
    'protocols throws': { url, protocols: throws('inside') },
};
const sends = {
    'send nothing': undefined,
    'send null': { data: null },
    'send a number': { data: 1 },
    'send an object': { data: {} },
    'send a Date': { data: new Date(0) },
    'send a function': { data: () => {} },
    'send cyclic': { data: cyclic },
    'send throws': throws('data'),
    'send isBuffer 1': { data: '', isBuffer: 1 },
    'send a detached buffer': { data: detached() },
    'send no base64': { data: 'a', isBuffer: true },
    'send half a pair': { data: 'half \ud83d' },
    'send empty': { data: '' },
};
const closes = {
    'close 1001': { code: 1001 },
    'close a string': { code: '1000' },
    'close a BigInt': { code: 1000n },
    'close NaN': { code: NaN },
    'close throws': throws('code'),
    'close reason 1': { reason: 1 },
    'close reason long': { reason: 'é'.repeat(62) },
};
const call = async (method, name, options) => {
    try {
        await my[method](options);
        console.log(name, 'ok');
    } catch (reason) {
        console.log(name, reason.error, reason instanceof Error);
    }
};
(async () => {
    for (const [name, options] of Object.entries(connects)) await call('connectSocket', name, options);
    my.onSocketMessage(({ data }) => console.log('back', JSON.stringify(data)));
    for (const [name, options] of Object.entries(sends)) await call('sendSocketMessage', name, options);
    for (const [name, options] of Object.entries(closes)) await call('closeSocket', name, options);
    setTimeout(() => my.closeSocket(null), 50);
})();
