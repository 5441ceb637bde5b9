"""`python -m ecomsync.demo`: starts a sandbox shop and ecomsync from nothing, runs the main job, shows what happened."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "demo"


def prepare_environment(port: int, *, impatient: bool) -> None:
    """The embedded mode in a folder of its own, whatever else is configured on this machine.

    impatient: what a killed process held is free again after seconds, not after a minute.
    """
    if impatient:
        os.environ["LEASE_SECONDS"] = "3"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "STATIC_ROOT", "MEDIA_ROOT"):
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="ecomsync.settings",
        VAR_DIR=str(FOLDER),
        BASE_URL=f"http://127.0.0.1:{port}",
        ALLOW_PRIVATE_ADDRESSES="true",
        LOG_LEVEL="WARNING",
        # A demo has no patience: changes go out every two seconds in place of every five minutes.
        INVENTORY_SYNC_INTERVAL="2",
        PRICE_SYNC_INTERVAL="2",
    )


def main() -> int:
    options = argparse.ArgumentParser(prog="make demo", description=__doc__)
    options.add_argument("--port", type=int, default=8000, help="port of the admin")
    options.add_argument(
        "--shop-port", type=int, default=0, help="port of the sandbox shop; 0 takes a free one"
    )
    options.add_argument("--check", action="store_true", help="check every figure, then exit")
    options.add_argument(
        "--kills", type=int, default=0, help="kill ecomsync so many times at random moments (SIGKILL)"
    )
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    prepare_environment(chosen.port, impatient=bool(chosen.kills))

    import django

    django.setup()
    from ecomsync.demo.processes import DemoFailed

    try:
        return tell(chosen.port, chosen.shop_port, only_check=chosen.check, kills=chosen.kills)
    except DemoFailed as err:
        print(f"\nThe demo stopped: {err}\nLogs are in {FOLDER}.", file=sys.stderr)
        return 1


def tell(port: int, shop_port: int, *, only_check: bool, kills: int = 0) -> int:
    """The whole story. Returns the exit code."""
    from django.core.management import call_command

    from ecomsync.demo import other_shops, story
    from ecomsync.demo.checks import check
    from ecomsync.demo.company import create_site, create_staff
    from ecomsync.demo.printing import fail, say, step
    from ecomsync.demo.processes import (
        DemoFailed,
        Process,
        Saboteur,
        SandboxControl,
        free_port,
        port_is_free,
    )

    if not port_is_free(port):
        raise DemoFailed(f"Port {port} is in use. Choose another: make demo PORT=8010")
    shop_port = shop_port or free_port()
    step("Set up: a demo company, a sandbox WooCommerce shop, and ecomsync in one process on SQLite")
    shop_arguments = ["-m", "sandbox", "woocommerce", "--port", str(shop_port), "--seed", "demo"]
    shop = Process("The sandbox shop", shop_arguments, FOLDER / "shop.log")
    server = Process("ecomsync", ["manage.py", "up", f"127.0.0.1:{port}"], FOLDER / "ecomsync.log")
    visits = other_shops.plan_visits(FOLDER)
    with running(shop, server, *(visit.process for visit in visits)):
        shop.start()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_demo_company", verbosity=0)
        password = secrets.token_urlsafe(9)
        create_staff(password)
        control = SandboxControl(f"http://127.0.0.1:{shop_port}")
        shop.wait_until_up(f"{control.url}/__sandbox__/state")
        site = create_site(control)
        server.start()
        server.wait_until_up(f"http://127.0.0.1:{port}/healthz")
        rows = control.get("state")["rows"]
        say(
            f"    shop: {rows['products']} products and variations, {rows['orders']} orders, its clock is Riyadh's"
        )

        demo = story.Demo(site, control)
        with Saboteur(server, kills):
            story.connect(demo)
            story.read_orders(demo)
            story.heal(demo)
            story.push_all(demo)
            story.trade(demo)
        story.repeat(demo)
        other_shops.trade_everywhere(visits)
        other_shops.repeat_everywhere(visits)
        story.show_summary(demo)
        other_shops.show_everywhere(visits)
        if only_check:
            wrong = check(demo) + other_shops.check_everywhere(visits)
            for sentence in wrong:
                fail(f"    {sentence}")
            say(f"\nChecks: {'all passed' if not wrong else f'{len(wrong)} failed'}.")
            return 1 if wrong else 0
        say(f"\nThe admin is running: http://127.0.0.1:{port}/admin/   login: admin   password: {password}")
        say(f"The sandbox shop:     {control.url}")
        for visit in visits:
            say(f"    {visit.shop.platform:<18}{visit.control.url}")
        say("Stop all with Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            while server.is_alive and shop.is_alive:
                time.sleep(0.5)
        return 0


@contextlib.contextmanager
def running(*processes: object) -> Iterator[None]:
    """Stops what was started, however the story ends."""
    from ecomsync.demo.processes import Process

    try:
        yield
    finally:
        for process in reversed(processes):
            if isinstance(process, Process):
                process.stop()


if __name__ == "__main__":
    sys.exit(main())
