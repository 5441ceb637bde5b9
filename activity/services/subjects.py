"""How a record is named in events, problems and notes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

SubjectLike = models.Model | tuple[str, object, str] | None


@dataclass(frozen=True, slots=True)
class Subject:
    """type: lower-case model label such as 'orders.order'; id: its key as text; label: what people call it."""

    type: str = ""
    id: str = ""
    label: str = ""

    def as_columns(self) -> dict[str, str]:
        return {"subject_type": self.type, "subject_id": self.id, "subject_label": self.label}


def subject_of(subject: SubjectLike | Subject) -> Subject:
    """A model instance, a tuple (type, id, label) or nothing, in one form."""
    if subject is None:
        return Subject()
    if isinstance(subject, Subject):
        return subject
    if isinstance(subject, models.Model):
        return Subject(subject._meta.label_lower[:100], str(subject.pk)[:64], str(subject)[:255])
    kind, key, label = subject
    return Subject(kind.lower()[:100], str(key)[:64], clean_text(label)[:255])


def clean_text(value: object) -> str:
    """Text that both databases store: no NUL characters, no lone surrogates."""
    text = str(value)
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
