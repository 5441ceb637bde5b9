"""A self-signed certificate for a sandbox that should speak HTTPS."""

import shutil
import subprocess
import tempfile
from pathlib import Path


def tls_files(choice: str) -> tuple[str, str] | None:
    """`no` is none; `self` makes a certificate with the openssl program; else `cert.pem,key.pem`."""
    if choice == "no":
        return None
    if choice != "self":
        certificate, comma, key = choice.partition(",")
        for path in (certificate, key) if comma else (certificate,):
            if not Path(path).is_file():
                raise ValueError(f"--tls: there is no file {path}. Give no, self, or cert.pem,key.pem.")
        return certificate, key or certificate
    if shutil.which("openssl") is None:
        raise ValueError("--tls self needs the program openssl; install it, or give cert.pem,key.pem.")
    folder = Path(tempfile.mkdtemp(prefix="sandbox-tls-"))
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
