"""The two doors of the core API that we use: how a call is written for each, and how its answer is read.

XML-RPC gives every column and takes bundles. SOAP v2 gives what its WSDL names and takes one call at a time; it is
for hosts that block XML-RPC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from platforms.magento1 import soap, xmlrpc

Calls = Sequence[tuple[str, Sequence[Any]]]


class Door(Protocol):
    """One way in."""

    name: str
    path: str
    bundles: bool

    def headers(self) -> Mapping[str, str]: ...

    def login(self, user: str, api_key: str) -> bytes: ...

    def call(self, session: str, path: str, arguments: Sequence[Any]) -> bytes: ...

    def bundle(self, session: str, calls: Calls) -> bytes: ...

    def read(self, body: bytes, path: str) -> Any:
        """The value of an answer. Raises RemoteFault, XmlFault."""


class XmlRpcDoor:
    """`call` and `multiCall` of the handler that SOAP v1 has too."""

    name = "xmlrpc"
    path = "api/xmlrpc/"
    bundles = True

    def headers(self) -> Mapping[str, str]:
        return {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}

    def login(self, user: str, api_key: str) -> bytes:
        return xmlrpc.call_body("login", [user, api_key])

    def call(self, session: str, path: str, arguments: Sequence[Any]) -> bytes:
        return xmlrpc.call_body("call", [session, path, list(arguments)])

    def bundle(self, session: str, calls: Calls) -> bytes:
        rows = [[path, list(arguments)] for path, arguments in calls]
        return xmlrpc.call_body("multiCall", [session, rows, {"break": 0}])

    def read(self, body: bytes, path: str) -> Any:
        return xmlrpc.read_answer(body)


class SoapDoor:
    """SOAP v2, rpc/encoded. namespace: as the shop's WSDL names it; it differs between releases."""

    name = "soap_v2"
    path = "api/v2_soap/"
    bundles = False

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def headers(self) -> Mapping[str, str]:
        return {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '"Action"'}

    def login(self, user: str, api_key: str) -> bytes:
        return soap.envelope(self._namespace, "login", [("username", user), ("apiKey", api_key)])

    def call(self, session: str, path: str, arguments: Sequence[Any]) -> bytes:
        operation, named = soap.operation_for(path, arguments)
        return soap.envelope(self._namespace, operation, [("sessionId", session), *named])

    def bundle(self, session: str, calls: Calls) -> bytes:
        raise NotImplementedError("SOAP v2 takes one call at a time")

    def read(self, body: bytes, path: str) -> Any:
        return soap.read_answer(body, path)
