// console, as far as programs need it: what is no string is shown as JSON, an error with its stack.
((write) => {
    const shown = (value) => {
        if (typeof value === 'string') return value;
        if (value instanceof Error) return `${value}\n${value.stack ?? ''}`.trimEnd();
        if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? `${value}n` : String(value);
        if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
        if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
        try {
            return JSON.stringify(value) ?? String(value);
        } catch {
            return Object.prototype.toString.call(value);
        }
    };
    const format = (...values) => values.map(shown).join(' ');
    const print = (error) => (...values) => write(format(...values), error);
    const [out, err] = [print(false), print(true)];
    globalThis.console = { format, log: out, info: out, debug: out, warn: err, error: err, trace: err };
})
