// An echo server on npm `ws`. Its parameters of permessage-deflate are the first argument, as JSON; it prints its port,
// and lives as long as its standard input.
const { WebSocketServer } = require('ws');

const given = JSON.parse(process.argv[2] ?? '{}');
const options = { threshold: 0 };
for (const name of ['serverNoContextTakeover', 'clientNoContextTakeover', 'serverMaxWindowBits', 'clientMaxWindowBits']) {
  if (name in given) options[name] = given[name];
}
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: options, maxPayload: 1 << 26 });
server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
server.on('listening', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
