"""One HTTP/1.1 connection that stays open; written for speed, so that it measures the service and not itself."""

import socket
import sys


class Answer:
    """Status, header in lower case as sent, and body."""

    __slots__ = ("status", "head", "body")

    def __init__(self, status, head, body):
        self.status, self.head, self.body = status, head, body

    def header(self, name):
        """A header's value, or None."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode()
        return None


class Connection:
    """Requests one after the other. It ends the benchmark if the service closes it: figures would mix in connecting."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"Host: 127.0.0.1:{port}\r\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def get(self, path):
        """Sends a GET."""
        return self.send(self.encode("GET", path))

    def encode(self, method, path, body=None, headers=()):
        """The bytes of a request."""
        lines = [f"{method} {path} HTTP/1.1\r\n", self.host, *(f"{name}: {value}\r\n" for name, value in headers)]
        if body is not None:
            lines.append(f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
        return "".join(lines).encode() + b"\r\n" + (body or b"")

    def send(self, request):
        """Sends the bytes of a request and reads the answer to its end."""
        self.socket.sendall(request)
        head, end, body = self._receive().partition(b"\r\n\r\n")
        while not end:
            head, end, body = (head + self._receive()).partition(b"\r\n\r\n")
        answer = Answer(int(head[9:12]), head, body)
        length = 0 if answer.status in (204, 304) else int(answer.header("content-length"))
        if len(body) < length:
            parts, missing = [body], length - len(body)
            while missing:
                parts.append(self._receive())
                missing -= len(parts[-1])
            answer.body = b"".join(parts)
        return answer

    def _receive(self):
        received = self.socket.recv(1 << 20)
        return received or sys.exit("bench: the service closed the connection")
