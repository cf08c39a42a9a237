"""A small HTTP client on raw sockets, the same for site and floors, that spends little of the machine it measures."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: bytes
    body: bytes

    def header(self, name: bytes) -> str | None:
        """Return the value of the first header of this name."""
        for line in self.headers.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip().decode()
        return None


class Visitor:
    """One keep-alive connection with its cookies."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self._socket: socket.socket | None = None

    def get(self, path: str, headers: str = "") -> Answer:
        """Ask for a page."""
        return self._send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{self._cookie()}\r\n".encode())

    def post(self, path: str, data: dict[str, str]) -> Answer:
        """Send a form."""
        body = urlencode(data)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n{self._cookie()}\r\n"
        )
        return self._send((head + body).encode())

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _cookie(self) -> str:
        if not self.cookies:
            return ""
        return "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()) + "\r\n"

    def _send(self, request: bytes) -> Answer:
        for attempt in (1, 2):
            fresh = self._socket is None
            try:
                if fresh:
                    self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket.sendall(request)
                return self._read()
            except (ConnectionError, BrokenPipeError):
                # The server hung up an idle connection before it saw the request: once more on a fresh one.
                self.close()
                if fresh or attempt == 2:
                    raise
        raise ConnectionError

    def _read(self) -> Answer:
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += self._receive()
        head, _, body = buffer.partition(b"\r\n\r\n")
        answer = Answer(int(head[9:12]), head, b"")
        length = answer.header(b"content-length")
        if length is not None:
            while len(body) < int(length):
                body += self._receive()
        elif answer.status not in (204, 304):
            while True:
                chunk = self._socket.recv(65536)
                if not chunk:
                    break
                body += chunk
            self.close()
        answer.body = body
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"set-cookie:"):
                name, _, value = line.split(b":", 1)[1].split(b";", 1)[0].strip().partition(b"=")
                self.cookies[name.decode()] = value.decode()
        if b"connection: close" in head.lower():
            self.close()
        return answer

    def _receive(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server hung up")
        return chunk


@dataclass
class Run:
    """What a load did: seconds in all, seconds of each story, errors."""

    seconds: float
    latencies: list[float]
    errors: int
    notes: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Stories a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which `share` of the stories were told."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def load(story: Callable[[int, Visitor], None], count: int, make: Callable[[int], Visitor], at_once: int = 8) -> Run:
    """Tell `story(number, visitor)` `count` times by `at_once` visitors side by side, each with its own connection."""
    numbers, lock = iter(range(count)), threading.Lock()
    latencies: list[float] = []
    errors: list[str] = []
    barrier = threading.Barrier(at_once + 1)

    def work(worker: int) -> None:
        visitor = make(worker)
        barrier.wait()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            begin = time.perf_counter()
            try:
                story(number, visitor)
                latencies.append(time.perf_counter() - begin)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}"[:200])
        visitor.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(at_once)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return Run(time.perf_counter() - begin, latencies, len(errors), errors[:3])
