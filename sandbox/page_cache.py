"""A page cache or CDN that was never told to leave the API alone: it repeats its first answer to each address.

Whose keys a request bears does not matter to it. An address with a parameter more is another address, unless the
cache drops queries or just that parameter (`ignores`).
"""

import time
from urllib.parse import parse_qsl, urlencode

from sandbox.faults import Fault
from sandbox.messages import Request, Response

#: What common caches say on an answer of theirs; `silent` ones say nothing.
MARKS = {
    "varnish": [("X-Cache", "HIT")],
    "cloudflare": [("CF-Cache-Status", "HIT")],
    "litespeed": [("X-LiteSpeed-Cache", "hit")],
    "silent": [],
}


def kept_answer(fault: Fault, request: Request) -> Response | None:
    """The answer that the cache has for this address. params: brand (varnish), seconds it keeps an answer (all)."""
    found = fault.kept.get(_address(fault, request)) if request.method in ("GET", "HEAD") else None
    if found is None:
        return None
    kept_at, response = found
    age = time.monotonic() - kept_at
    if age > float(fault.params.get("seconds", float("inf"))):
        return None
    brand = str(fault.params.get("brand", "varnish"))
    told = [*MARKS[brand], *([] if brand == "silent" else [("Age", str(max(1, int(age))))])]
    return Response(response.status, response.body, [*response.headers, *told])


def keep(fault: Fault, request: Request, response: Response) -> None:
    """Good answers to reads are kept, the first one of each address."""
    if request.method == "GET" and response.status == 200:
        fault.kept[_address(fault, request)] = (time.monotonic(), response)


def _address(fault: Fault, request: Request) -> str:
    ignored = fault.params.get("ignores", [])
    if "*" in ignored:
        return request.path
    pairs = parse_qsl(request.raw_query, keep_blank_values=True)
    return f"{request.path}?{urlencode([pair for pair in pairs if pair[0] not in ignored])}"
