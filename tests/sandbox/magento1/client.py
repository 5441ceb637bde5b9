"""The doors of the sandbox as any client uses them; nothing of the adapter."""

from __future__ import annotations

import http.client
import xml.etree.ElementTree as ET
import xmlrpc.client
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from sandbox.magento1 import Magento1Shop


class Rpc:
    """XML-RPC with a session."""

    def __init__(self, shop: Magento1Shop, user: str = "", key: str = "") -> None:
        self.proxy = xmlrpc.client.ServerProxy(f"{shop.url}/api/xmlrpc/", allow_none=True)
        self.session = str(self.proxy.login(user or shop.key, key or shop.secret))

    def call(self, path: str, *arguments: Any) -> Any:
        return self.proxy.call(self.session, path, list(arguments))

    def multi(self, *calls: list[Any], stop: bool = False) -> Any:
        return self.proxy.multiCall(self.session, list(calls), {"break": 1 if stop else 0})


def fault_of(call: Any) -> tuple[int, str]:
    """(code, text) of the fault that a call ends in."""
    try:
        call()
    except xmlrpc.client.Fault as fault:
        return fault.faultCode, fault.faultString
    raise AssertionError("no fault")


def request(shop: Magento1Shop, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One plain request."""
    parts = urlsplit(shop.server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "text/xml"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def soap(shop: Magento1Shop, operation: str, inner: str) -> tuple[int, ET.Element]:
    """Status and the first element of the body."""
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:OpenMage" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        f"<urn:{operation}>{inner}</urn:{operation}></soapenv:Body></soapenv:Envelope>"
    )
    status, answer = request(shop, "POST", "/api/v2_soap/", body.encode())
    root = ET.fromstring(answer)
    return status, root[0][0]


def soap_login(shop: Magento1Shop) -> str:
    inner = f"<username>{escape(shop.key)}</username><apiKey>{escape(shop.secret)}</apiKey>"
    _, answer = soap(shop, "login", inner)
    return answer[0].text or ""


def soap_fault(answer: ET.Element) -> tuple[str, str]:
    assert answer.tag.endswith("Fault")
    return answer.findtext("faultcode") or "", answer.findtext("faultstring") or ""
