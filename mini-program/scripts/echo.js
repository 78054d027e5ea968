// Says hello, and leaves when it hears it back.
const [url] = argv;
my.onSocketOpen(() => my.sendSocketMessage({ data: 'hello' }));
my.onSocketMessage(({ data }) => {
    console.log('heard', data);
    my.closeSocket();
});
my.onSocketClose(({ code }) => console.log('closed', code));
my.connectSocket({
    url,
    success: () => console.log('connected'),
    fail: ({ error, errorMessage }) => console.log('failed', error, errorMessage),
});
