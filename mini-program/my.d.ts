/**
 * `my.connectSocket` and its family, as the host `mini-program` has them: what `@mini-types/my` declares, and what the API page says
 * beyond it.
 *
 * A Mini Program has one socket. A call never calls back before it returns, and settles once: success or fail, then complete.
 */
declare namespace my {
  /** What `fail`, `complete` and `onSocketError` get of a failure. */
  interface SocketError {
    /** The code of the API page, 1 to 12. */
    error: number;
    /** What happened, in words. */
    errorMessage: string;
  }

  /** The callbacks of a call. Without any of them, the call returns a promise. */
  interface SocketCallbacks<Result> {
    /** The call succeeded. */
    success?(res: Result): void;
    /** The call failed. */
    fail?(res: SocketError): void;
    /** The call is over; called after either, with the same object. */
    complete?(res: Result | SocketError): void;
  }

  /** The parameters of {@link connectSocket}. */
  interface ConnectSocketOptions {
    /** Where to: `wss://…` or `ws://…`, absolute, without a fragment. */
    url: string;
    /** Goes into the query, in its order. What is no string, number or boolean goes as JSON; null is left out. */
    data?: Record<string, unknown>;
    /** Headers of the request: strings, numbers or booleans; null is left out. */
    header?: Record<string, string | number | boolean | null | undefined>;
    /** Subprotocols to offer, behind those of the header `Sec-WebSocket-Protocol`. */
    protocols?: string | string[];
    /** Many sockets (`SocketTask`) are not part of this API. */
    multiple?: false;
  }

  /** The times of a connection's steps, in milliseconds since the call, under the names of WeChat's `SocketProfile`. */
  interface SocketProfile {
    /** Zero. */
    fetchStart: number;
    /** Zero: the name is looked up at once. */
    domainLookUpStart: number;
    /** The name was looked up. */
    domainLookUpEnd: number;
    /** The first address was dialled. */
    connectStart: number;
    /** TCP and, for wss, TLS were done. */
    connectEnd: number;
    /** How long TCP and TLS took. */
    rtt: number;
    /** How long the server took to answer the upgrade. */
    handshakeCost: number;
    /** How long it took in all. */
    cost: number;
  }

  /** What `onSocketOpen` tells. */
  interface SocketOpen {
    /** The headers of the server's answer, names in lower case. */
    header: Record<string, string>;
    /** How long it took to get there. */
    profile: SocketProfile;
  }

  /** What `onSocketMessage` tells. */
  interface SocketMessage {
    /** The text; or the bytes in base64, or as an ArrayBuffer where the host is set to that. */
    data: string | ArrayBuffer;
    /** Whether it is a message of bytes. */
    isBuffer: boolean;
  }

  /** What `onSocketClose` tells. */
  interface SocketClose {
    /** The close code; 1005 if there was none, 1006 if there was no close frame at all. */
    code: number;
    /** The reason, perhaps empty. */
    reason: string;
  }

  /** What `sendSocketMessage` takes. */
  interface SendSocketMessageOptions {
    /** A text, base64 if `isBuffer` is true, or bytes. */
    data: string | ArrayBuffer | ArrayBufferView;
    /** Whether a string stands for bytes, in base64 (standard alphabet, padded). */
    isBuffer?: boolean;
  }

  /** What `closeSocket` takes. */
  interface CloseSocketOptions {
    /** 1000, which is the default, or 3000 to 4999. */
    code?: number;
    /** At most 123 bytes of UTF-8. */
    reason?: string;
  }

  /** Connects. A connection that exists is replaced. With a callback there is no promise. */
  export function connectSocket(options: ConnectSocketOptions & SocketCallbacks<{}>): Promise<{}>;

  /** Sends a message. Succeeds when its last byte is handed to the system. */
  export function sendSocketMessage(
    options: SendSocketMessageOptions & SocketCallbacks<{ success: boolean }>
  ): Promise<{ success: boolean }>;

  /** Closes. Succeeds at once; `onSocketClose` tells when it is done. */
  export function closeSocket(
    options?: CloseSocketOptions & SocketCallbacks<{ message: string }>
  ): Promise<{ message: string }>;

  /** Adds a listener for the opening of a connection. */
  export function onSocketOpen(listener: (res: SocketOpen) => void): void;
  /** Removes a listener, as often as it was added; without one, all. */
  export function offSocketOpen(listener?: (res: SocketOpen) => void): void;
  /** Adds a listener for messages. */
  export function onSocketMessage(listener: (res: SocketMessage) => void): void;
  /** Removes a listener, as often as it was added; without one, all. */
  export function offSocketMessage(listener?: (res: SocketMessage) => void): void;
  /** Adds a listener for failures. */
  export function onSocketError(listener: (res: SocketError) => void): void;
  /** Removes a listener, as often as it was added; without one, all. */
  export function offSocketError(listener?: (res: SocketError) => void): void;
  /** Adds a listener for the end of a connection. It is not told of one that a newer connectSocket replaced. */
  export function onSocketClose(listener: (res: SocketClose) => void): void;
  /** Removes a listener, as often as it was added; without one, all. */
  export function offSocketClose(listener?: (res: SocketClose) => void): void;
}
