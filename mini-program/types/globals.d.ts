// What the host gives scripts beside `my`.
declare const argv: string[];
declare var told: (name: unknown, then?: () => void) => {
  success(): void;
  fail(res: my.SocketError): void;
  complete(res: unknown): void;
};
