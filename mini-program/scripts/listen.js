// Logs everything that the listeners are told. Run it in front of another script.
my.onSocketOpen((res) => console.log('open', Object.keys(res).join()));
my.onSocketMessage(({ data, isBuffer }) => {
    console.log('message', typeof data === 'string' && data.length > 100 ? data.length : data, isBuffer);
});
my.onSocketError(({ error, errorMessage }) => console.log('error', error, typeof errorMessage));
my.onSocketClose(({ code, reason }) => console.log('close', code, reason));

// The callbacks of a call, which log its name.
globalThis.told = (name, then = () => {}) => ({
    success: () => console.log(name, 'success'),
    fail: ({ error }) => console.log(name, 'fail', error),
    complete: ({ error }) => {
        console.log(name, 'complete', error ?? '');
        then();
    },
});
