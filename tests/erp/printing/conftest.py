"""Pages are really made; without Pango these tests say so."""

from __future__ import annotations

import pytest

from ecomsync.common.errors import ConfigurationError
from erp.printing.render import require_pdf


@pytest.fixture(scope="session")
def pdf() -> None:
    try:
        require_pdf()
    except ConfigurationError as error:
        pytest.skip(str(error))
