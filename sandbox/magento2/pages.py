"""What lies outside the REST API: the shop window."""

from typing import TYPE_CHECKING

from sandbox.messages import Request, Response, html_page

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App


def page(app: "Magento2App", request: Request) -> Response:
    if request.path in ("", "/", "/index.php", "/index.php/"):
        return html_page(200, app.options.title, "Welcome.")
    return html_page(404, "404 Not Found", "The page you requested was not found.")
