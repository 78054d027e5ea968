// What the libraries expect of a browser around them and neither an engine nor `my` brings: as little as they get by with.
globalThis.self = globalThis.window = globalThis;
globalThis.document = {};
globalThis.navigator = { userAgent: 'mini-program', onLine: true };

globalThis.EventTarget ??= class EventTarget {
    #listeners = [];
    addEventListener(type, listener, options) {
        this.#listeners.push({ type, listener, once: options?.once === true });
    }
    removeEventListener(type, listener) {
        this.#listeners = this.#listeners.filter((found) => found.type !== type || found.listener !== listener);
    }
    dispatchEvent(event) {
        for (const found of this.#listeners.filter(({ type }) => type === event.type)) {
            if (found.once) this.removeEventListener(found.type, found.listener);
            (found.listener.handleEvent ?? found.listener).call(this, event);
        }
        return true;
    }
};
globalThis.Event ??= class Event {
    constructor(type, init) {
        Object.assign(this, init, { type });
    }
};
globalThis.AbortSignal ??= class AbortSignal extends EventTarget {
    aborted = false;
};
globalThis.AbortController ??= class AbortController {
    signal = new AbortSignal();
    abort(reason) {
        Object.assign(this.signal, { aborted: true, reason });
        this.signal.dispatchEvent(new Event('abort'));
    }
};
globalThis.TextEncoder ??= class TextEncoder {
    encode(text = '') {
        return Uint8Array.from(unescape(encodeURIComponent(text)), (letter) => letter.charCodeAt(0));
    }
};
globalThis.TextDecoder ??= class TextDecoder {
    decode(bytes = []) {
        return decodeURIComponent(escape(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')));
    }
};
