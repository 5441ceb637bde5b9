"""Tax numbers of customers are looked for without spaces, dots and small letters; those that stand are rewritten so."""

from __future__ import annotations

from typing import Any

from django.db import migrations

BATCH = 500


def rewrite(apps: Any, schema_editor: Any) -> None:
    """Batch by batch, each committed by itself: shops sell while this runs."""
    customers = apps.get_model("erp", "Customer").objects.using(schema_editor.connection.alias)
    batch = []
    for row in customers.exclude(tax_reg_no="").only("pk", "tax_reg_no").iterator(chunk_size=BATCH):
        kept = "".join(char for char in row.tax_reg_no.upper() if char.isalnum())
        if kept != row.tax_reg_no and any(char.isdigit() for char in kept):
            row.tax_reg_no = kept
            batch.append(row)
        if len(batch) >= BATCH:
            customers.bulk_update(batch, ["tax_reg_no"])
            batch = []
    customers.bulk_update(batch, ["tax_reg_no"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("erp", "0003_order_revisions_and_settlement")]

    operations = [migrations.RunPython(rewrite, migrations.RunPython.noop)]
