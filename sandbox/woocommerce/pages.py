"""What is not REST: the home page with its discovery header, uploads, the REST index, the key issuing flow."""

import http.client
import json
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.messages import Request, Response, html_page
from sandbox.woocommerce.listing import Result
from sandbox.woocommerce.media import PIXEL
from sandbox.woocommerce.rows import ApiKey

if TYPE_CHECKING:
    from sandbox.woocommerce.app import WooApp

_AUTH = "/wc-auth/v1/"
_NEEDED = ("app_name", "user_id", "return_url", "callback_url", "scope")
_PERMISSIONS = {"read": "read", "write": "write", "read_write": "read_write"}


def page(app: "WooApp", request: Request) -> Response:
    path = request.path.removeprefix(app.options.base_path)
    if path.startswith(_AUTH):
        return _auth(app, request, path.removeprefix(_AUTH))
    if path.startswith("/wp-content/uploads/"):
        return Response(200, PIXEL, [("Content-Type", "image/png")])
    if path == "/wp-cron.php":
        app.queue.flush()
        return Response(200, b"", [("Content-Type", "text/html; charset=UTF-8")])
    if path in ("/", "", "/index.php"):
        title = escape(app.options.title)
        link = ("Link", f'<{app.rest_url}/>; rel="https://api.w.org/"')
        shown = sum(product.type != "variation" for product in app.store.products.values())
        return html_page(200, title, f"{shown} products", [link])
    return html_page(404, "Page not found", "It looks like nothing was found at this location.")


def index(app: "WooApp", namespace: str) -> Result:
    if namespace:
        return Result({"namespace": namespace, "routes": {}})
    home = app.home
    hours = _offset_hours(app)
    return Result(
        {
            "name": app.options.title,
            "description": "",
            "url": home,
            "home": home,
            "gmt_offset": hours,
            "timezone_string": app.clock.zone_name,
            "namespaces": app.routes.namespaces,
            "authentication": [],
            "routes": {f"/{name}": {"namespace": name, "methods": ["GET"]} for name in app.routes.namespaces},
        }
    )


def _offset_hours(app: "WooApp") -> float | int:
    now = app.clock.now()
    local, gmt = app.clock.local(now), app.clock.gmt(now)
    seconds = app.clock.parse(local or "", gmt=True) - app.clock.parse(gmt or "", gmt=True)
    return seconds // 3600 if seconds % 3600 == 0 else seconds / 3600


# Key issuing: authorize -> approve -> POST the key to callback_url -> browser to return_url.


def _auth(app: "WooApp", request: Request, step: str) -> Response:
    query = dict(request.pairs)
    if request.method == "POST":
        query |= dict(parse_qsl(request.body.decode("utf-8", "replace")))
    problem = _auth_problem(query)
    if problem:
        return html_page(401, "Error", escape(f"Error: {problem}"))
    if step == "access_granted":
        return _grant(app, query) if request.method == "POST" else _refuse(query)
    return _ask(query)


def _auth_problem(query: dict[str, str]) -> str:
    for name in _NEEDED:
        if not query.get(name):
            return f"Missing parameter {name}"
    if query["scope"] not in _PERMISSIONS:
        return f"Invalid scope {query['scope']}"
    for name in ("return_url", "callback_url"):
        if not urlsplit(query[name]).hostname:
            return f"The {name} is not a valid URL"
    callback = urlsplit(query["callback_url"])
    if callback.scheme != "https" and callback.hostname not in ("localhost", "127.0.0.1", "::1"):
        return "The callback_url needs to be over SSL"
    return ""


def _ask(query: dict[str, str]) -> Response:
    kept = urlencode({name: query[name] for name in _NEEDED})
    name = escape(query["app_name"])
    body = (
        f"<!DOCTYPE html><html><head><title>{name}</title></head><body>"
        f"<h1>{name} would like to connect to your store</h1>"
        f"<p>This will give &quot;{name}&quot; <strong>{escape(query['scope'])}</strong> access.</p>"
        f'<form method="post" action="access_granted?{escape(kept)}"><button id="approve">Approve</button></form>'
        f'<p><a id="deny" href="access_granted?{escape(kept)}">Deny</a></p></body></html>'
    )
    return Response(200, body.encode(), [("Content-Type", "text/html; charset=UTF-8")])


def _back(query: dict[str, str], success: int) -> Response:
    joint = "&" if "?" in query["return_url"] else "?"
    target = f"{query['return_url']}{joint}{urlencode({'success': success, 'user_id': query['user_id']})}"
    return Response(302, b"", [("Location", target), ("Content-Type", "text/html; charset=UTF-8")])


def _refuse(query: dict[str, str]) -> Response:
    return _back(query, 0)


def _grant(app: "WooApp", query: dict[str, str]) -> Response:
    with app.store.lock:
        key = issue_key(app, query["scope"], description=query["app_name"])
    payload = {
        "key_id": key.id,
        "user_id": query["user_id"],
        "consumer_key": key.key,
        "consumer_secret": key.secret,
        "key_permissions": key.permissions,
    }
    problem = _post(query["callback_url"], payload)
    if problem:
        del app.store.keys[key.key]
        return html_page(401, "Error", escape(f"Error: {problem}"))
    return _back(query, 1)


def _post(url: str, payload: dict[str, Any]) -> str:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=60)
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        connection.request("POST", target, json.dumps(payload), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as err:
        return (
            f"An error occurred in the request and at the time were unable to send the consumer data ({err})"
        )
    finally:
        connection.close()
    if status != 200:
        return "An error occurred in the request and at the time were unable to send the consumer data"
    return ""


def issue_key(
    app: "WooApp",
    permissions: str = "read_write",
    *,
    role: str = "administrator",
    key: str = "",
    secret: str = "",
    description: str = "",
    user_id: int = 1,
) -> ApiKey:
    """A new key of the shop; role `customer` makes one whose user may nothing."""
    store = app.store
    made = ApiKey(
        store.next_id("key"),
        key or f"ck_{store.token(40)}",
        secret or f"cs_{store.token(40)}",
        permissions,
        user_id,
        role,
        description,
    )
    store.keys[made.key] = made
    return made


def revoke(app: "WooApp", key: str) -> bool:
    return app.store.keys.pop(key, None) is not None


def delete_user(app: "WooApp", user_id: int) -> int:
    """WordPress deletes the keys of a user with him. His webhooks stay, and their bodies are built without rights."""
    store = app.store
    with store.lock:
        gone = [key for key, row in store.keys.items() if row.user_id == user_id]
        for key in gone:
            del store.keys[key]
        store.deleted_users.add(user_id)
    return len(gone)
