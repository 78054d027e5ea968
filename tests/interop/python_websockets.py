"""A server on Python `websockets` that behaves as the path of the request asks; run.py knows what to expect.

    python python_websockets.py [CERTIFICATE KEY]

It prints the port that it listens on, and lives as long as its standard input.
"""

import asyncio
import ssl
import sys
import threading
from urllib.parse import unquote

from websockets.asyncio.server import serve


def pieces(message):
    """Three parts and an empty one."""
    third = -(-len(message) // 3) or 1
    for at in range(0, len(message), third):
        yield message[at : at + third]
    yield message[:0]


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def fragments(socket):
    async for message in socket:
        await socket.send(pieces(message))


async def ping(socket):
    """A ping between two fragments of every answer; the pong is told as a message."""
    async for message in socket:
        pong = None

        async def interrupted():
            nonlocal pong
            yield message
            pong = await socket.ping("between")
            yield message[:0]

        await socket.send(interrupted())
        await pong
        await socket.send("pong between")


async def close(socket, code, reason):
    await socket.close(int(code), reason)


async def drop(socket):
    """No close frame, in the middle of a message."""
    await socket.recv()

    async def half():
        yield "half"
        socket.transport.abort()
        yield "never"

    await socket.send(half())


BEHAVIOURS = {behaviour.__name__: behaviour for behaviour in (echo, fragments, ping, close, drop)}


async def handle(socket):
    name, *rest = [unquote(part) for part in socket.request.path[1:].split("/")]
    try:
        await BEHAVIOURS[name](socket, *rest)
    finally:
        print(socket.request.path, "closed", socket.close_code, socket.close_reason, file=sys.stderr)


def choose(_, offered):
    """It has a taste of its own: the offer's order does not matter."""
    return next((name for name in ("second", "first") if name in offered), None)


async def main(certificate=None, key=None):
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    limit = 64 * 1024 * 1024
    async with serve(handle, "127.0.0.1", 0, ssl=tls, max_size=limit, select_subprotocol=choose) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def watch():
            sys.stdin.read()
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=watch, daemon=True).start()
        await ended.wait()


asyncio.run(main(*sys.argv[1:]))
