"""The XML-RPC door: one POST, one method call, one answer with status 200, faults too."""

import xmlrpc.client
from typing import Any
from xml.parsers.expat import ExpatError

from sandbox.magento1.errors import ApiFault

_ILLEGAL = dict.fromkeys(one for one in range(32) if one not in (9, 10, 13))


def read_call(body: bytes) -> tuple[str, list[Any]]:
    """Method and arguments. Raises ApiFault for what cannot be parsed."""
    try:
        arguments, method = xmlrpc.client.loads(body, use_builtin_types=True)
    except (ExpatError, xmlrpc.client.Error, ValueError, TypeError) as err:
        raise ApiFault(631, "Failed to parse request") from err
    if not method:
        raise ApiFault(632, "Failed to parse request; missing method name")
    return method, list(arguments)


def answer(value: Any) -> bytes:
    text = xmlrpc.client.dumps((_clean(value),), methodresponse=True, allow_none=True, encoding="utf-8")
    return text.encode()


def fault_answer(err: ApiFault) -> bytes:
    text = xmlrpc.client.dumps(xmlrpc.client.Fault(err.code, err.message), encoding="utf-8")
    return text.encode()


def _clean(value: Any) -> Any:
    """Characters that XML cannot hold go; an empty map is an empty array."""
    if isinstance(value, str):
        return value.translate(_ILLEGAL)
    if isinstance(value, dict):
        return {str(key): _clean(one) for key, one in value.items()} if value else []
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value
