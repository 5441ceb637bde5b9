from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from ecomsync import checks
from ecomsync.common.crypto import decrypt, encrypt, is_encrypted_with_first_key, rotate
from ecomsync.common.errors import ConfigurationError
from sites.models import Site

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def with_old_key(settings: Any) -> Any:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    return settings


def stored(column: str, site: Site) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM ecomsites_site WHERE id = %s", [site.pk])
        return str(cursor.fetchone()[0])


def make_site() -> Site:
    return Site.objects.create(
        code="S", site_type="woocommerce", url="https://s.example.com", password="cs_secret_1"
    )


def test_encrypted_text_comes_back(with_old_key: Any) -> None:
    token = encrypt("كلمة سر 🔑")
    assert "كلمة" not in token
    assert decrypt(token) == "كلمة سر 🔑"


def test_empty_secret_stays_empty(with_old_key: Any) -> None:
    assert encrypt("") == ""
    assert decrypt("") == ""


def test_wrong_key_raises_and_never_returns_the_ciphertext(with_old_key: Any) -> None:
    token = encrypt("secret")
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(ConfigurationError) as caught:
        decrypt(token)
    assert caught.value.code == "wrong_encryption_key"
    assert "FIELD_ENCRYPTION_KEYS" in caught.value.cure


def test_invalid_or_missing_key_is_a_configuration_error(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["short"]
    with pytest.raises(ConfigurationError, match="not a valid Fernet key"):
        encrypt("x")
    settings.FIELD_ENCRYPTION_KEYS = []
    with pytest.raises(ConfigurationError, match="No key"):
        encrypt("x")


def test_old_key_still_reads_and_new_key_writes(with_old_key: Any) -> None:
    token = encrypt("secret")
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(token) == "secret"
    assert not is_encrypted_with_first_key(token)
    fresh = rotate(token)
    assert is_encrypted_with_first_key(fresh)
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(fresh) == "secret"


@pytest.mark.django_db
def test_column_holds_ciphertext_and_model_the_secret(with_old_key: Any) -> None:
    site = make_site()
    assert "cs_secret_1" not in stored("password", site)
    assert Site.objects.get(pk=site.pk).password == "cs_secret_1"


@pytest.mark.django_db
def test_rotate_secrets_encrypts_all_with_the_first_key(with_old_key: Any) -> None:
    site = make_site()
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("rotate_secrets", dry_run=True, stdout=out)
    assert "2 secrets would be" in out.getvalue()  # password and webhook secret
    assert not is_encrypted_with_first_key(stored("password", site))
    call_command("rotate_secrets", stdout=out)
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Site.objects.get(pk=site.pk).password == "cs_secret_1"
    again = StringIO()
    call_command("rotate_secrets", stdout=again)
    assert again.getvalue().startswith("0 secrets")


@pytest.mark.django_db
def test_rotate_secrets_tells_what_it_cannot_read(with_old_key: Any) -> None:
    make_site()
    with_old_key.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="2 secrets cannot be read"):
        call_command("rotate_secrets", stdout=StringIO(), stderr=StringIO())


def test_make_encryption_key_prints_a_valid_key() -> None:
    out = StringIO()
    call_command("make_encryption_key", stdout=out)
    Fernet(out.getvalue().strip())


def test_checks_find_bad_keys_and_a_bad_address(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["short"]
    assert [message.id for message in checks.check_encryption_keys()] == ["ecomsync.E003"]
    settings.FIELD_ENCRYPTION_KEYS = [OLD, OLD]
    assert [message.id for message in checks.check_encryption_keys()] == ["ecomsync.W001"]
    settings.FIELD_ENCRYPTION_KEYS = []
    assert [message.id for message in checks.check_encryption_keys()] == ["ecomsync.E002"]
    settings.BASE_URL = "sync.example.com"
    assert [message.id for message in checks.check_base_url()] == ["ecomsync.E004"]


def test_deploy_check_refuses_sqlite_with_a_broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMBEDDED, settings.REDIS_URL, settings.BASE_URL = False, "", "https://sync.example.com"
    # Put back afterwards: new connections of later tests read the same dictionary.
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    settings.ALLOW_PRIVATE_ADDRESSES = False
    assert [message.id for message in checks.check_production()] == ["ecomsync.E005", "ecomsync.W002"]
