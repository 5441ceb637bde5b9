"""A server that answers each POST after 50 ms and tells how many connections it was opened: `slow_server PORT`."""

from __future__ import annotations

import asyncio
import json
import sys

SECONDS = 0.05
_opened = [0]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _opened[0] += 1
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = 0
            for line in head.split(b"\r\n"):
                name, _colon, value = line.partition(b":")
                if name.strip().lower() == b"content-length":
                    length = int(value)
            await reader.readexactly(length)
            if not head.startswith(b"GET"):
                await asyncio.sleep(SECONDS)
            body = json.dumps({"opened": _opened[0]}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


async def main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port, backlog=256)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
