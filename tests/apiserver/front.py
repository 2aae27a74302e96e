# SPDX-License-Identifier: GPL-2.0-or-later
"""The listening socket, and who came."""

import asyncio
import contextlib
import socket

from wire import Connection


class Front:
    def __init__(self, api, address, certificates):
        self.api = api
        self.address = address
        self.certificates = certificates
        self.context = certificates.context() if certificates else None
        self.socket = None
        self.task = None
        self.hanging = False
        self.hung = []
        self.connections = set()
        self.taken = 0
        self.refused = 0

    async def listen(self, on):
        if on and not self.socket:
            host, port = self.address
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self.socket = socket.socket(family, socket.SOCK_STREAM)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind((host, port))
            self.socket.listen(100)
            self.socket.setblocking(False)
            self.task = asyncio.ensure_future(self.accept())
        elif not on and self.socket:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
            self.socket.close()
            self.socket = None

    async def accept(self):
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(self.socket)
            self.taken += 1
            if self.hanging:
                self.hung.append(sock)
            else:
                asyncio.ensure_future(self.serve(sock))

    async def serve(self, sock):
        loop = asyncio.get_running_loop()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = asyncio.StreamReader(limit=1 << 20)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, sock, ssl=self.context
            )
        except OSError:
            self.refused += 1
            sock.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        conn = Connection(reader, writer)
        self.connections.add(conn)
        try:
            await self.api.serve(conn)
        finally:
            self.connections.discard(conn)

    def hang(self, on):
        self.hanging = on
        if not on:
            for sock in self.hung:
                sock.close()
            self.hung.clear()

    def reset(self):
        for conn in list(self.connections):
            conn.reset()

    def certificate(self, authority, names):
        if authority:
            self.certificates.authority("ca")
        self.certificates.server(names)
        self.context = self.certificates.context()
