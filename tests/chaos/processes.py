"""The processes of ecomsync and of the shop, started as in production; each with a log of its own."""

from __future__ import annotations

from pathlib import Path

from ecomsync.demo.processes import Process, SandboxControl, free_port
from tests.chaos.installation import Servers, WorkerLog

WORKERS = 2


class Installation:
    def __init__(self, servers: Servers, *, items: int, orders: int, seed: int) -> None:
        self.servers = servers
        logs = servers.folder / "logs"
        logs.mkdir()
        shop_port = free_port()
        self.shop = SandboxControl(f"http://127.0.0.1:{shop_port}")
        self.shop_process = Process(
            "The sandbox shop",
            [
                *("-m", "sandbox", "woocommerce", "--port", str(shop_port), "--seed-number", str(seed)),
                *("--items", str(items), "--orders", str(orders), "--webhook-delay", "0.3"),
            ],
            logs / "shop.log",
        )
        self.web = Process("web", _web_arguments(servers.web_port), logs / "web.log")
        self.workers = [_worker(number, logs) for number in range(WORKERS)]
        self.worker_logs = [WorkerLog(worker.log) for worker in self.workers]
        schedule = str(servers.folder / "beat-schedule")
        self.beat = Process(
            "beat",
            [
                *("-m", "celery", "-A", "ecomsync", "beat", "--loglevel", "WARNING"),
                *("--schedule", schedule, "--max-interval", "1", "--pidfile="),
            ],
            logs / "beat.log",
        )

    @property
    def archive(self) -> Path:
        return self.servers.archive

    def start_shop(self) -> None:
        self.shop_process.start()
        self.shop_process.wait_until_up(f"{self.shop.url}/__sandbox__/state")

    def start(self) -> None:
        """Everything that does not run."""
        for process in (self.web, self.beat):
            if not process.is_alive:
                process.start()
        for number, worker in enumerate(self.workers):
            if not worker.is_alive:
                self.start_worker(number)

    def wait_until_up(self) -> None:
        self.web.wait_until_up(f"http://127.0.0.1:{self.servers.web_port}/healthz", seconds=90)
        for log in self.worker_logs:
            log.wait(90)

    def start_worker(self, number: int) -> None:
        self.worker_logs[number].mark()
        self.workers[number].start()

    def stop(self) -> None:
        for process in (self.beat, *self.workers, self.web, self.shop_process):
            process.kill()


def _worker(number: int, logs: Path) -> Process:
    arguments = [
        *("-m", "celery", "-A", "ecomsync", "worker", "--loglevel", "INFO", "--pool", "threads"),
        *("--concurrency", "4", "--hostname", f"worker{number}@%h", "--without-mingle", "--without-gossip"),
    ]
    return Process(f"worker {number}", arguments, logs / f"worker{number}.log")


def _web_arguments(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "ecomsync.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
        *("--worker-class", "gthread", "--threads", "4", "--keep-alive", "30", "--no-control-socket"),
    ]
