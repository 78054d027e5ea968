// The class WebSocket, as browsers have it, made of `my.*`: for libraries that expect one in a Mini Program. Load it in front of them;
// it defines the global WebSocket if there is none.
//
// There is one socket, so a new WebSocket takes the place of the one before, which ends with a close event (1006). Messages of bytes
// come as ArrayBuffer, whatever `binaryType` says, as Mini Programs have no Blob. Needs a container that does not tell
// onSocketClose of a replaced connection, or one whose script never replaces one.
(() => {
    const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;
    const ABNORMAL = 1006;
    let current = null;

    const invalid = (name, message) => Object.assign(new Error(message), { name });
    const bytesOf = (base64) => {
        if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64).buffer;
        return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
    };
    const lengthOf = (data) => (typeof data === 'string' ? new TextEncoder().encode(data).length : data.byteLength);

    class WebSocket {
        #listeners = [];
        #state = CONNECTING;
        #waiting = 0;
        #protocol = '';
        #url;
        binaryType = 'arraybuffer';
        onopen = null;
        onmessage = null;
        onerror = null;
        onclose = null;

        constructor(url, protocols = []) {
            this.#url = String(url);
            current?.ended(ABNORMAL, 'replaced by a newer WebSocket');
            current = this;
            my.connectSocket({
                url: this.#url,
                protocols: typeof protocols === 'string' ? [protocols] : [...protocols],
                fail: (error) => this.failed(error),
            });
        }

        get url() { return this.#url; }
        get readyState() { return this.#state; }
        get protocol() { return this.#protocol; }
        get extensions() { return ''; }
        get bufferedAmount() { return this.#waiting; }

        send(data) {
            if (this.#state === CONNECTING) throw invalid('InvalidStateError', 'the WebSocket is still connecting');
            const isBytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
            const message = isBytes ? data : String(data);
            const length = lengthOf(message);
            this.#waiting += length;
            // As in browsers, what cannot be sent any more stays counted, and nobody is told.
            if (this.#state !== OPEN) return;
            my.sendSocketMessage({
                data: message,
                success: () => { this.#waiting -= length; },
                fail: () => {},
            });
        }

        close(code, reason = '') {
            if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
                throw invalid('InvalidAccessError', `the code ${code} is neither 1000 nor from 3000 to 4999`);
            }
            if (this.#state >= CLOSING) return;
            this.#state = CLOSING;
            my.closeSocket({ code: code ?? 1000, reason, complete: () => {} });
        }

        addEventListener(type, listener, options) {
            const once = typeof options === 'object' && options?.once === true;
            const known = this.#listeners.some((found) => found.type === type && found.listener === listener);
            if (listener && !known) this.#listeners.push({ type, listener, once });
        }

        removeEventListener(type, listener) {
            this.#listeners = this.#listeners.filter((found) => found.type !== type || found.listener !== listener);
        }

        dispatchEvent(event) {
            Object.assign(event, { target: this, currentTarget: this });
            const called = this.#listeners.filter(({ type }) => type === event.type);
            const handler = this[`on${event.type}`];
            if (typeof handler === 'function') called.unshift({ listener: handler });
            for (const { listener, once } of called) {
                if (once) this.removeEventListener(event.type, listener);
                try {
                    (listener.handleEvent ?? listener).call(this, event);
                } catch (error) {
                    // The other listeners are told all the same, and the container hears of it.
                    Promise.reject(error);
                }
            }
            return true;
        }

        // What `my` tells the current one.
        opened(header) {
            if (this.#state !== CONNECTING) return;
            this.#state = OPEN;
            this.#protocol = header?.['sec-websocket-protocol'] ?? '';
            this.dispatchEvent({ type: 'open' });
        }

        received(data, isBuffer) {
            if (this.#state !== OPEN) return;
            this.dispatchEvent({ type: 'message', data: isBuffer && typeof data === 'string' ? bytesOf(data) : data });
        }

        failed({ error, errorMessage }) {
            if (this.#state === CLOSED) return;
            const opened = this.#state === OPEN;
            this.dispatchEvent({ type: 'error', error, message: errorMessage });
            // One that was open is told its close apart.
            if (!opened) this.ended(ABNORMAL, '');
        }

        ended(code, reason) {
            if (this.#state === CLOSED) return;
            this.#state = CLOSED;
            if (current === this) current = null;
            this.dispatchEvent({ type: 'close', code, reason, wasClean: code !== ABNORMAL });
        }
    }
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
        Object.defineProperty(WebSocket, name, { value, enumerable: true });
        Object.defineProperty(WebSocket.prototype, name, { value, enumerable: true });
    }

    my.onSocketOpen(({ header }) => current?.opened(header));
    my.onSocketMessage(({ data, isBuffer }) => current?.received(data, isBuffer));
    my.onSocketError((res) => current?.failed(res));
    my.onSocketClose(({ code, reason }) => current?.ended(code, reason));
    globalThis.WebSocket ??= WebSocket;
})();
