"""An echo server with permessage-deflate on a library of Python's.

    server.py websockets|aiohttp|tornado [PARAMETERS]

PARAMETERS are JSON: those of npm ws by the same names, as far as the library has them. It prints its port, and lives as
long as its standard input.
"""

import asyncio
import json
import sys
import threading


async def websockets(given):
    from websockets.asyncio.server import serve
    from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    factory = ServerPerMessageDeflateFactory(
        server_no_context_takeover=given.get("serverNoContextTakeover", False),
        client_no_context_takeover=given.get("clientNoContextTakeover", False),
        server_max_window_bits=given.get("serverMaxWindowBits"),
        client_max_window_bits=given.get("clientMaxWindowBits"),
    )
    server = await serve(
        echo, "127.0.0.1", 0, compression=None, extensions=[factory], max_size=1 << 26, max_queue=None
    )
    return server.sockets[0].getsockname()[1]


async def aiohttp(_):
    from aiohttp import WSMsgType, web

    async def echo(request):
        socket = web.WebSocketResponse(compress=True, max_msg_size=1 << 26)
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return site._server.sockets[0].getsockname()[1]


async def tornado(given):
    from tornado import web, websocket
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    class Echo(websocket.WebSocketHandler):
        def get_compression_options(self):
            return {"compression_level": 6, "mem_level": 8}

        async def on_message(self, message):
            await self.write_message(message, binary=isinstance(message, bytes))

    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(web.Application([("/", Echo)], websocket_max_message_size=1 << 26)).add_sockets(sockets)
    return sockets[0].getsockname()[1]


async def main(library, given="{}"):
    port = await {"websockets": websockets, "aiohttp": aiohttp, "tornado": tornado}[library](json.loads(given))
    print(port, flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


asyncio.run(main(*sys.argv[1:]))
