from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webhooks.models import GatewayClient


class Command(BaseCommand):
    help = (
        "Make an inner installation known to this gateway, or give it a new secret. The secret is shown once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="A name for the inner installation.")
        parser.add_argument("--renew", action="store_true", help="Give an existing client a new secret.")

    def handle(self, *args: Any, name: str, renew: bool, **options: Any) -> None:
        client = GatewayClient.objects.filter(name=name).first()
        if client is not None and not renew:
            raise CommandError(f"There is a client '{name}' already; use --renew to give it a new secret.")
        if client is None and renew:
            raise CommandError(f"There is no client '{name}'.")
        if client is None:
            client, secret = GatewayClient.make(name)
        else:
            secret = client.renew_secret()
        self.stdout.write(f"client id: {client.client_id}\nclient secret: {secret}")
