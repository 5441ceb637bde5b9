"""Files over plain HTTP: staged uploads, results of bulk operations, what the CDN serves."""

import re
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING

from sandbox.messages import Request, Response, html_page

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

_UPLOAD = "/staged-uploads"
_BULK = re.compile(r"/bulk/([\w-]+)\.jsonl")
RESULT_SECONDS = 7 * 86400


def route(path: str) -> str | None:
    """The name that a transfer is counted under."""
    if path.startswith(_UPLOAD):
        return "/staged-uploads"
    if path.startswith("/bulk/"):
        return "/bulk"
    return "/cdn" if path.startswith("/cdn/") else None


def answer(app: "ShopifyApp", request: Request) -> Response | None:
    if request.path.startswith(_UPLOAD) and request.method in ("POST", "PUT"):
        return _upload(app, request)
    if _BULK.fullmatch(request.path) and request.method == "GET":
        return _result(app, request)
    if request.path.startswith("/cdn/") and request.method in ("GET", "HEAD"):
        found = app.store.files.get(request.path)
        if found is None:
            return html_page(404, "Not Found")
        return Response(200, found, [("Content-Type", "application/octet-stream")])
    return None


def _xml(status: int, code: str, text: str) -> Response:
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{text}</Message></Error>"
    )
    return Response(status, body.encode(), [("Content-Type", "application/xml")])


def _upload(app: "ShopifyApp", request: Request) -> Response:
    """POST: a form with every parameter, the file last. PUT: the bare content."""
    if request.method == "PUT":
        key = request.path.removeprefix(f"{_UPLOAD}/")
        target = app.store.uploads.get(key)
        if target is None or target["method"] != "PUT":
            return _xml(403, "AccessDenied", "Access denied.")
        target["content"] = request.body
        return Response(200, b"")
    fields, content, last = _form(request)
    target = app.store.uploads.get(fields.get("key", ""))
    if target is None or target["method"] != "POST":
        return _xml(403, "AccessDenied", "Access denied.")
    if any(fields.get(p["name"]) != p["value"] for p in target["parameters"]):
        return _xml(400, "InvalidPolicyDocument", "The content of the form does not meet the conditions.")
    if content is None or last != "file":
        return _xml(400, "InvalidArgument", "The file must be the last field of the form.")
    target["content"] = content
    return Response(201, b"", [("Location", f"{app.home}{_UPLOAD}/{fields['key']}")])


def _form(request: Request) -> tuple[dict[str, str], bytes | None, str]:
    """Fields, the content of `file`, and the name of the last part."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + request.body)
    fields: dict[str, str] = {}
    content: bytes | None = None
    last = ""
    if not message.is_multipart():
        return fields, None, last
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition") or "")
        found = part.get_payload(decode=True)
        payload = found if isinstance(found, bytes) else b""
        last = name
        if name == "file":
            content = payload
        else:
            fields[name] = payload.decode("utf-8", "replace")
    return fields, content, last


def _result(app: "ShopifyApp", request: Request) -> Response:
    """A result stays for seven days; `Range` lets a download go on where it broke off."""
    found = app.store.files.get(request.path)
    born = app.store.uploads.get(f"result:{request.path}", {}).get("at", 0)
    if found is None or app.clock.now() - born >= RESULT_SECONDS:
        return _xml(403, "ExpiredToken", "The provided token has expired.")
    headers = [("Content-Type", "application/jsonl"), ("Accept-Ranges", "bytes")]
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if wanted is None:
        return Response(200, found, headers)
    start = int(wanted[1])
    end = min(int(wanted[2]) + 1 if wanted[2] else len(found), len(found))
    if start >= len(found):
        return Response(416, b"", [("Content-Range", f"bytes */{len(found)}")])
    headers.append(("Content-Range", f"bytes {start}-{end - 1}/{len(found)}"))
    return Response(206, found[start:end], headers)
