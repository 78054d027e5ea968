// A server on npm `ws` that behaves as the path of the request asks; run.py knows what to expect.
//
//     node npm_ws.js [CERTIFICATE KEY]
//
// It prints the port that it listens on, and lives as long as its standard input.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');

const [cert, key] = process.argv.slice(2);
const server = cert
  ? https.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) })
  : http.createServer();

const sockets = new WebSocketServer({
  server,
  maxPayload: 64 * 1024 * 1024,
  // It has a taste of its own: the offer's order does not matter.
  handleProtocols: (offered) => ['second', 'first'].find((name) => offered.has(name)) || false,
});

const behaviours = {
  echo(socket) {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  },

  // The answer in pieces, cut without regard to characters, with an empty one at the end.
  fragments(socket) {
    socket.on('message', (data, isBinary) => {
      const third = Math.ceil(data.length / 3);
      for (let at = 0; at < data.length; at += third) {
        socket.send(data.subarray(at, at + third), { binary: isBinary, fin: false });
      }
      socket.send(Buffer.alloc(0), { binary: isBinary, fin: true });
    });
  },

  // A ping between two fragments of every answer; the pong is told as a message.
  ping(socket) {
    socket.on('pong', (data) => socket.send(`pong ${data}`));
    socket.on('message', (data, isBinary) => {
      socket.send(data, { binary: isBinary, fin: false });
      socket.ping('between');
      socket.send('', { binary: isBinary, fin: true });
    });
  },

  close(socket, code, reason) {
    socket.close(Number(code), reason);
  },

  // No close frame, in the middle of a message.
  drop(socket) {
    socket.on('message', () => socket.send('half', { fin: false }, () => socket.terminate()));
  },
};

sockets.on('connection', (socket, request) => {
  const [name, ...rest] = request.url.slice(1).split('/').map(decodeURIComponent);
  socket.on('error', (error) => console.error(`${request.url}: ${error.message}`));
  socket.on('close', (code, reason) => console.error(`${request.url} closed ${code} ${reason}`));
  behaviours[name](socket, ...rest);
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
