// Logs how each connectSocket without callbacks fails. Run it in front of another script.
const { connectSocket } = my;
my.connectSocket = (options) => {
    const promise = connectSocket(options);
    promise?.catch(({ error, errorMessage }) => console.log('fail', error, errorMessage));
    return promise;
};
