"""`GET /rest/{store}/schema`: what the caller may call, as Swagger 2; strangers see what is open to all."""

import re
from typing import TYPE_CHECKING

from sandbox.magento2 import auth
from sandbox.magento2.errors import MageError
from sandbox.magento2.rows import Grant, Json
from sandbox.messages import Request

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App


def schema(app: "Magento2App", request: Request) -> Json:
    grant: Grant | None = None
    try:
        with app.store.lock:
            grant = auth.authorise(app.store, request, app.home, "Magento_Backend::admin")
    except MageError:
        grant = None
    paths: dict[str, Json] = {}
    for route in app.routes:
        if route.resource != "anonymous" and (grant is None or not auth.may(grant, route.resource)):
            continue
        path = re.sub(r":(\w+)", r"{\1}", route.template)
        names = [part[1:] for part in route.parts if part.startswith(":")]
        paths.setdefault(path, {})[route.method.lower()] = {
            "operationId": f"{route.method.lower()}{path}",
            "parameters": [{"name": n, "in": "path", "type": "string", "required": True} for n in names],
            "responses": {"200": {"description": "200 Success."}},
        }
    info = {"title": "Magento Community", "version": app.options.version.rpartition(".")[0]}
    return {"swagger": "2.0", "info": info, "basePath": "/rest/default", "paths": paths}
