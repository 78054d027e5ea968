// All twelve codes, each by its real cause. argv[0] names the servers, as JSON.
const servers = JSON.parse(argv[0]);
const steps = [
    ['1, refused', () => connect({ url: servers.refused })],
    ['2, replaced by a newer call', () => (connect({ url: servers.silent }, () => {}), connect({ url: servers.echo }))],
    ['3, no url', () => connect({})],
    ['4, test.php', () => connect({ url: 'test.php' })],
    ['5, http', () => connect({ url: 'http://127.0.0.1/' })],
    ['6, no answer', () => connect({ url: servers.silent })],
    ['7, expired', () => connect({ url: servers.expired })],
    ['8, 503', () => connect({ url: servers.unavailable })],
    ['9, not offered', () => connect({ url: servers.unoffered })],
    ['10, not open', () => send({ data: 'x' })],
    ['11, no base64', () => open(() => send({ data: 'x', isBuffer: true }))],
    ['12, long head', () => connect({ url: servers.long })],
];
// Ports and the time of day differ from run to run.
const failed = ({ error, errorMessage }) => {
    console.log('  fail', error, errorMessage.replace(/expired on .* here/, 'expired').replace(/:\d+/g, ':…'));
};
const connect = (options, complete = next) => {
    my.connectSocket({ ...options, success: () => console.log('  success'), fail: failed, complete });
};
const send = (options) => my.sendSocketMessage({ ...options, fail: failed, complete: next });
const open = (then) => my.connectSocket({ url: servers.echo, success: then });
const next = () => {
    const step = steps.shift();
    my.closeSocket();
    if (!step) return;
    console.log(step[0]);
    step[1]();
};
next();
