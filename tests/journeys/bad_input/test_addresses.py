"""Wrong addresses: nobody there, no WordPress there, the wrong folder, another scheme."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from activity.models import SiteError
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.journeys.bad_input.world import act, failed, problem

pytestmark = pytest.mark.django_db


class Page(BaseHTTPRequestHandler):
    """A web server without WordPress: a page for every address, or a redirect."""

    status, location, body = 200, "", b"<!DOCTYPE html><html><title>My garden</title></html>"

    def do_GET(self) -> None:
        self.send_response(self.status)
        if self.location:
            self.send_header("Location", self.location + self.path)
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        return


@pytest.fixture
def web_server() -> Iterator[tuple[type[Page], str]]:
    handler = type("OwnPage", (Page,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def move(site: Site, url: str) -> None:
    Site.objects.filter(pk=site.pk).update(url=url)


def check(site: Site) -> dict[str, Any]:
    """The first failed step of the connection test."""
    run = act(site, "test_connection")
    assert run.failed == 1
    assert run.adds_up
    site.refresh_from_db()
    assert site.last_check_ok is False
    step: dict[str, Any] = next(step for step in site.last_check["steps"] if step["state"] == "fail")
    assert step["message"]
    assert step["cure"], step
    return step


def test_an_unknown_host(site: Site) -> None:
    move(site, "https://no-such-shop.invalid")
    run = failed(act(site, "read_sales"), "network")
    assert "no-such-shop.invalid" in run.message
    assert "address" in check(site)["cure"].lower()
    site.refresh_from_db()
    assert not site.paused, "it may come back by itself"


def test_a_closed_port(site: Site) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    move(site, f"http://127.0.0.1:{port}")
    run = failed(act(site, "read_sales"), "network")
    assert "127.0.0.1" in run.message
    assert check(site)["name"] == "address"


def test_a_page_that_is_not_wordpress(site: Site, web_server: tuple[type[Page], str]) -> None:
    handler, url = web_server
    move(site, url)
    failed(act(site, "read_sales"), "not_json")
    assert check(site)["name"] == "address"
    handler.status = 404
    run = failed(act(site, "read_sales"), "rest_not_found")
    assert "sub-folder" in run.message
    problem(site, "rest_not_found")
    assert "sub-folder" in check(site)["cure"]


def test_the_wrong_folder(site: Site) -> None:
    with WooShop(webhook_delay=None, base_path="/shop") as shop:
        site.username, site.password = shop.key, shop.secret
        site.save()
        move(site, f"{shop.server.url}/store")
        # WordPress answers under every folder; only the signature, made over the address, gives it away
        assert "sub-folder" in failed(act(site, "read_sales"), "bad_credentials").message
        assert "sub-folder" in check(site)["cure"]
        move(site, f"{shop.server.url}/shop")
        assert act(site, "test_connection").failed == 0
        assert act(site, "read_sales").state == "finished"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_https_is_told_and_not_followed(
    site: Site, web_server: tuple[type[Page], str], status: int
) -> None:
    handler, url = web_server
    handler.status, handler.location = status, "https://shop.example.com"
    move(site, url)
    run = failed(act(site, "read_sales"), "redirected")
    assert "https://shop.example.com" in run.message
    assert "wc/v3" not in run.message.partition("Set the URL")[2]
    problem(site, "redirected")
    assert "https://shop.example.com" in check(site)["cure"]


def test_the_right_address_closes_the_problem(
    site: Site, woo: WooShop, web_server: tuple[type[Page], str]
) -> None:
    handler, url = web_server
    handler.status, handler.location = 301, woo.url
    move(site, url)
    failed(act(site, "read_sales"), "redirected")
    move(site, woo.url)
    assert act(site, "test_connection").failed == 0
    assert not SiteError.objects.filter(state="open").exists()


@pytest.mark.parametrize("typed", ["ftp://shop.example.com", "https://", "http:///wp-json"])
def test_what_is_no_address_at_all(site: Site, typed: str) -> None:
    move(site, typed)
    failed(act(site, "read_sales"), "bad_url")
    assert "https://" in check(site)["cure"]
