"""What lies outside the REST API: the shop window."""

from typing import TYPE_CHECKING

from sandbox.magento2 import graphql, handshake, rsa
from sandbox.magento2.events import KEY_PATHS
from sandbox.messages import Request, Response, html_page

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App


def page(app: "Magento2App", request: Request) -> Response:
    if request.path in ("", "/", "/index.php", "/index.php/"):
        return html_page(200, app.options.title, "Welcome.")
    if request.path in KEY_PATHS:
        return Response(200, rsa.public_pem().encode(), [("Content-Type", "application/x-pem-file")])
    if request.path == "/graphql":
        return graphql.answer(app, request)
    if request.path in handshake.PATHS:
        return handshake.answer(app, request)
    return html_page(404, "404 Not Found", "The page you requested was not found.")
