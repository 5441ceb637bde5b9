"""A server at the level of bytes: it can be silent, drip, break off and hang up, which no HTTP library would do."""

from __future__ import annotations

import datetime
import ipaddress
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(slots=True)
class Received:
    connection: int
    head: str
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    def header(self, name: str) -> str:
        found = re.search(rf"^{re.escape(name)}: *(.*?)\r?$", self.head, re.I | re.M)
        return found.group(1) if found else ""


Script = Callable[[socket.socket, Received], bool | None]


def reply(body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode("latin-1") + body


def say(body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> Script:
    """A script that gives one answer to everything and keeps the connection."""

    def script(connection: socket.socket, received: Received) -> bool:
        connection.sendall(reply(body, status, headers))
        return True

    return script


def reset(connection: socket.socket) -> None:
    """Hang up with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass(slots=True)
class RawServer:
    """Runs `script` for each request; the script says whether the connection is kept."""

    script: Script = field(default_factory=say)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)  # what SNI asked for
    tls: ssl.SSLContext | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection, self.connections), daemon=True).start()

    def _talk(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                while received := self._read(connection, number):
                    self.received.append(received)
                    if not self.script(connection, received):
                        return

    def _read(self, connection: socket.socket, number: int) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65_536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        received = Received(number, head.decode("latin-1"), b"")
        length = int(received.header("Content-Length") or 0)
        while len(body) < length:
            body += connection.recv(65_536)
        received.body = body
        return received


@contextmanager
def raw_server(script: Script | None = None, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    server = RawServer(tls=tls)
    if script is not None:
        server.script = script
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        try:
            yield server
        finally:
            server.stopping.set()
            listener.shutdown(socket.SHUT_RDWR)


def self_signed(folder: Path, name: str = "shop.test") -> tuple[ssl.SSLContext, Path]:
    """A server context with a certificate nobody has signed, for `name` and 127.0.0.1, and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context, certificate_file
