"""Command line of the sandboxes, shared by `python -m sandbox` and `manage.py sandbox`."""

import argparse
import json
import signal
from collections.abc import Callable
from typing import Any

from sandbox.certificates import tls_files
from sandbox.registry import SANDBOXES, shop_class

PORT = 8801


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("platform", choices=sorted(SANDBOXES), help="which shop to run")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"port to listen on ({PORT}; 0 = any free one)"
    )
    parser.add_argument(
        "--home-url", default="", help="the shop's configured home URL, if not http://HOST:PORT"
    )
    parser.add_argument(
        "--seed", default="demo", choices=("demo", "empty"), help="what the shop holds at first"
    )
    parser.add_argument(
        "--seed-number", type=int, default=1, help="same number, same shop, orders and faults"
    )
    parser.add_argument("--items", type=int, default=500, help="demo: sellable items (500)")
    parser.add_argument("--orders", type=int, default=200, help="demo: orders (200)")
    parser.add_argument("--tls", default="no", help="no, self (needs openssl) or cert.pem,key.pem")
    parser.add_argument(
        "--treat-as-https", action="store_true", help="believe to stand behind HTTPS: Basic works"
    )
    parser.add_argument(
        "--state", default="", metavar="FILE", help="load from FILE at start, save there at the end"
    )
    parser.add_argument(
        "--time-zone", default="Asia/Riyadh", help="the shop's zone, or an offset such as +03:00"
    )
    parser.add_argument("--currency", default="SAR")
    parser.add_argument("--prices-include-tax", action="store_true")
    parser.add_argument("--shop-version", default="", help="version of the shop software to behave like")
    parser.add_argument("--tracking-plugin", default="", choices=("", "shipment-tracking", "ast"))
    parser.add_argument(
        "--fulfillments", action="store_true", help="switch the fulfillments of WooCommerce 10.1 and newer on"
    )
    parser.add_argument("--key", default="", help="consumer key (a published one unless given)")
    parser.add_argument("--secret", default="", help="consumer secret")
    parser.add_argument(
        "--webhook-delay",
        type=float,
        default=1.0,
        help="seconds until a delivery leaves; -1 = only when flushed",
    )
    parser.add_argument(
        "--webhook-hosts",
        default="",
        help="hosts besides loopback that deliveries may go to, comma separated",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="JSON",
        help="""a fault to start with, for instance '{"kind": "rate_limit", "count": 3, "method": "PUT"}'""",
    )
    parser.add_argument("--log", action="store_true", help="print every request")


def run(options: dict[str, Any], say: Callable[[str], None] = print) -> None:
    """Runs a sandbox until Ctrl-C or SIGTERM. Raises ValueError for options that cannot be."""
    faults = [_fault(text) for text in options["fault"]]
    extra = {name: options[name] for name in ("key", "secret") if options[name]}
    delay = options["webhook_delay"]
    kind = shop_class(options["platform"])
    try:
        shop = kind(
            options["seed"],
            items=options["items"],
            orders=options["orders"],
            host=options["host"],
            port=options["port"],
            tls=tls_files(options["tls"]),
            time_zone=options["time_zone"],
            seed_number=options["seed_number"],
            webhook_delay=None if delay < 0 else delay,
            home_url=options["home_url"],
            state_file=options["state"],
            verbose=options["log"],
            **_shop_options(options, kind.option_names()),
            **extra,
        )
    except OSError as err:
        raise ValueError(
            f"Cannot listen on {options['host']}:{options['port']} ({err.strerror}). "
            "Another program has the port; give another --port."
        ) from err
    for fault in faults:
        shop.faults.add(**fault)
    _until_stopped(shop, options["platform"], say)


def _shop_options(options: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """The settings that the shop has; others that were given are refused by name."""
    hosts = tuple(host.strip() for host in options["webhook_hosts"].split(",") if host.strip())
    given: dict[str, Any] = {
        "currency": options["currency"],
        "prices_include_tax": options["prices_include_tax"],
        "version": options["shop_version"],
        "tracking_plugin": options["tracking_plugin"],
        "fulfillments": options["fulfillments"],
        "treat_as_https": options["treat_as_https"],
        "webhook_hosts": hosts,
    }
    wanted = {name: value for name, value in given.items() if value}
    foreign = set(wanted) - known - {"currency"}
    if foreign:
        raise ValueError(f"{options['platform']} has no option {', '.join(sorted(foreign))}. Leave it out.")
    return {name: value for name, value in wanted.items() if name in known}


def _until_stopped(shop: Any, platform: str, say: Callable[[str], None]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: shop.app.stopping.set())
    shop.start()
    label = SANDBOXES[platform][0]
    say(f"{label} sandbox at {shop.url}")
    for name, value in {**shop.sign_in, "control": f"{shop.control_url}/"}.items():
        say(f"  {name:<16} {value}")
    say("Stop with Ctrl-C.")
    try:
        while not shop.app.stopping.wait(1):
            continue
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        shop.stop()


def _fault(text: str) -> dict[str, Any]:
    try:
        fault = json.loads(text)
    except ValueError as err:
        raise ValueError(f"--fault {text!r} is not JSON: {err}") from err
    if not isinstance(fault, dict) or "kind" not in fault:
        raise ValueError(f'--fault {text!r}: give an object with a "kind".')
    return fault


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Runs a sandbox shop.")
    add_arguments(parser)
    options = vars(parser.parse_args(arguments))
    try:
        run(options, say=lambda text: print(text, flush=True))
    except ValueError as err:
        parser.error(str(err))
