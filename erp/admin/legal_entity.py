"""The legal entity, with the layout of its printed invoices."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import object_action
from erp.admin.shared import NOTES, MasterAdmin
from erp.models import LegalEntity, SalesInvoice
from erp.models.invoice_layout import MAX_LOGO_BYTES, logo_type
from erp.printing.content import as_sample, invoice_print
from erp.printing.render import render_pdf
from erp.views import pdf_response


class LegalEntityForm(forms.ModelForm):  # type: ignore[type-arg]
    """The logo comes as a file and is kept in the row."""

    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or JPEG, at most 300 kB; printed 20 mm high."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "invoice_colour": forms.TextInput(attrs={"type": "color"}),
            **{
                name: forms.Textarea(attrs={"rows": 3, "cols": 36, "dir": "auto"})
                for name in ("address", "address2", "invoice_footer1", "invoice_footer2")
            },
        }

    def clean_logo_file(self) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data["logo_file"]
        if file is None:
            return None
        head = file.read(16)
        file.seek(0)
        if (file.size or 0) > MAX_LOGO_BYTES or not logo_type(head):
            raise ValidationError(_("Choose a PNG or JPEG image of at most 300 kB."))
        return file

    def save(self, commit: bool = True) -> Any:
        file = self.cleaned_data.get("logo_file")
        if file is not None:
            self.instance.invoice_logo = file.read()
        elif self.cleaned_data.get("remove_logo"):
            self.instance.invoice_logo = b""
        return super().save(commit)


@admin.register(LegalEntity)
class LegalEntityAdmin(MasterAdmin):
    form = LegalEntityForm
    object_actions = ("preview_invoice",)
    list_display = ("code", "name1", "name2", "base_currency", "prices_include_tax", "tax_reg_no", "active")
    readonly_fields = ("logo_shown",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "active"),
                    ("name1", "name2"),
                    ("tax_reg_no", "commercial_reg_no"),
                    ("address", "address2"),
                    ("phone", "email"),
                    ("base_currency", "prices_include_tax", "time_zone"),
                )
            },
        ),
        (
            _("Printed invoices"),
            {
                "fields": (
                    ("invoice_language", "invoice_qr", "invoice_colour"),
                    ("logo_shown", "logo_file", "remove_logo"),
                    ("invoice_footer1", "invoice_footer2"),
                    "invoice_link_days",
                )
            },
        ),
        NOTES,
    )

    @admin.display(description=_("present logo"))
    def logo_shown(self, row: LegalEntity) -> SafeString:
        content = bytes(row.invoice_logo or b"")
        if not content:
            return SafeString("–")
        data = base64.b64encode(content).decode("ascii")
        return format_html(
            '<img class="logo-shown" alt="" src="data:{};base64,{}">', logo_type(content), data
        )

    @object_action(
        label=_("Preview invoice"),
        permission="view",
        on_list=False,
        hint=_("Its newest invoice in the saved layout, marked as a sample."),
    )
    def preview_invoice(
        self, request: HttpRequest, queryset: QuerySet[LegalEntity], form: Any = None
    ) -> HttpResponse | None:
        entity = queryset.get()
        issued = SalesInvoice.objects.exclude(number="").order_by("-issued_at")
        invoice = issued.filter(legal_entity=entity).first() or issued.filter(legal_entity=None).first()
        if invoice is None:
            messages.warning(
                request, gettext("Issue an invoice of this legal entity first; then it can be previewed.")
            )
            return None
        invoice.legal_entity = entity
        return pdf_response(invoice, render_pdf(as_sample(invoice_print(invoice))), download=True)
