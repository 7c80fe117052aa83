"""A client of websockets (RFC 6455), as much of it as following a subscription needs."""

import base64
import json
import os
import socket
import struct
import sys

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Websocket:
    """A subscription of GraphQL by `graphql-transport-ws`."""

    def __init__(self, port, query):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self._open(port)
        self._say({"type": "connection_init"})
        if self._hear()["type"] != "connection_ack":
            sys.exit("bench: the service opened no subscription")
        self._say({"type": "subscribe", "id": "1", "payload": {"query": query}})

    def next(self):
        """What the subscription is told next."""
        message = self._hear()
        if message["type"] != "next" or "errors" in message["payload"]:
            sys.exit(f"bench: the subscription ended: {message}")
        return message["payload"]["data"]

    def close(self):
        """Hangs up."""
        self.socket.close()

    def _open(self, port):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        status = self.file.readline()
        while self.file.readline().strip():
            pass
        if b" 101 " not in status:
            sys.exit(f"bench: the service opened no websocket: {status.decode().strip()}")

    def _say(self, message):
        self._send(_TEXT, json.dumps(message).encode())

    def _send(self, kind, data):
        # What a client sends is masked; a mask of zeros is one.
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(bytes([0x80 | kind]) + length + bytes(4) + data)

    def _hear(self):
        while True:
            kind, length = self._read(2)
            length &= 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._read(8))
            data = self._read(length)
            if kind == 0x80 | _TEXT:
                return json.loads(data)
            if kind == 0x80 | _PING:
                self._send(_PONG, data)
            elif kind == 0x80 | _CLOSE:
                sys.exit(f"bench: the service closed the websocket: {data[2:].decode(errors='replace')}")

    def _read(self, length):
        data = self.file.read(length)
        if len(data) < length:
            sys.exit("bench: the service closed the websocket")
        return data
