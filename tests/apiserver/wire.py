# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1.1 on a socket, with a hand on every byte that goes out."""

import asyncio
import contextlib
import socket
import struct
import urllib.parse
from email.utils import formatdate

REASONS = {
    200: "OK", 201: "Created", 302: "Found", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 410: "Gone",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip

PIECE = 65536


class Closed(Exception):
    """The other side went away, or we did."""


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        parts = urllib.parse.urlsplit(target)
        self.path = urllib.parse.unquote(parts.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.headers = headers
        self.body = body


class Connection:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.rate = 0  # bytes a second; 0: as fast as it goes
        self.chunked = False

    def certificate(self):
        tls = self.writer.get_extra_info("ssl_object")
        return tls.getpeercert() if tls else None

    async def request(self):
        """The next request, or None at the end."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            await self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Request(method, target, headers, body)

    async def send(self, data):
        try:
            if not self.rate:
                self.writer.write(data)
                await self.writer.drain()
                return
            step = max(1, self.rate // 10)
            for at in range(0, len(data), step):
                self.writer.write(data[at : at + step])
                await self.writer.drain()
                await asyncio.sleep(step / self.rate)
        except (OSError, RuntimeError) as e:
            raise Closed from e

    async def begin(self, status, headers=None, length=None):
        """The head; the body follows in chunks where its length is not known."""
        head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}"]
        fields = {
            "Cache-Control": "no-cache, private",
            "Content-Type": "application/json",
            "Date": formatdate(usegmt=True),
            **(headers or {}),
        }
        self.chunked = length is None
        if self.chunked:
            fields["Transfer-Encoding"] = "chunked"
        else:
            fields["Content-Length"] = str(length)
        head += [f"{name}: {value}" for name, value in fields.items()]
        await self.send("\r\n".join(head).encode() + b"\r\n\r\n")

    async def chunk(self, data):
        if data:
            await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self):
        if self.chunked:
            await self.send(b"0\r\n\r\n")

    async def answer(self, status, body, headers=None):
        await self.begin(status, headers, len(body))
        await self.send(body)

    async def body(self, pieces):
        for piece in pieces:
            for at in range(0, len(piece), PIECE):
                await self.chunk(piece[at : at + PIECE])

    async def gone(self):
        """Return when the other side has closed."""
        with contextlib.suppress(OSError):
            while await self.reader.read(1000):
                pass

    def reset(self):
        """An RST, whatever was still to be sent."""
        sock = self.writer.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
        self.writer.transport.abort()

    def close(self):
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()
