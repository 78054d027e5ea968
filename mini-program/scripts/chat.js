// A chat that comes back: it connects again from onSocketClose and onSocketError, later each time until it works.
const [url] = argv;
const FIRST_MS = 20;
const LONGEST_MS = 5000;
let wait = FIRST_MS;
let connects = 0;
let lines = ['one', 'drop', 'two', 'close 4001 later', 'three'];
let done = false;

const connect = () => {
    connects += 1;
    // A failure is heard in onSocketError; a promise that nobody awaits hides nothing.
    my.connectSocket({ url });
};
const later = () => {
    if (done) return;
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_MS);
};
const say = () => {
    const line = lines.shift();
    if (line !== undefined) my.sendSocketMessage({ data: line });
    else {
        done = true;
        my.closeSocket();
    }
};
my.onSocketOpen(() => {
    wait = FIRST_MS;
    say();
});
my.onSocketMessage(({ data }) => {
    console.log('heard', data);
    say();
});
my.onSocketError(({ error }) => {
    console.log('error', error);
    later();
});
my.onSocketClose(({ code, reason }) => {
    console.log('closed', code, reason);
    if (done) console.log('connects', connects);
    later();
});
connect();
