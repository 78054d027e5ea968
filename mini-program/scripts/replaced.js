// A client that connects again whenever it hears a close, as MQTT.js does. argv[0] never answers, argv[1] does.
const [silent, sound] = argv;
const MOST = 10;
let connects = 0;
const connect = (url) => {
    connects += 1;
    my.connectSocket({ url, fail: ({ error }) => console.log('fail', error), complete: () => console.log('complete') });
};
my.onSocketClose(({ code }) => {
    console.log('close', code);
    if (connects < MOST) connect(sound);
});
my.onSocketOpen(() => {
    console.log('open');
    setTimeout(() => {
        console.log('connects', connects);
        my.offSocketClose();
        my.closeSocket();
    }, 50);
});
connect(silent);
// It gives the broker up, and tries the next.
setTimeout(() => connect(sound), 20);
