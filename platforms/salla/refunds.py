"""Refunds out: money goes back through the order's transaction, and the order's notes tell which refunds are ours.

Salla keeps no refund that could be looked for, so each try is noted before the money moves, with the state in which the
transaction was: after a lost answer that state tells whether the money has moved. Where it cannot tell, nothing is tried
again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.base import result_from_error
from platforms.salla.client import SallaClient
from platforms.salla.payloads import amount_of
from platforms.types import Outcome, PushResult, RefundNotice

LANE = "orders"
_MARK = re.compile(r"ecomsync refund \[(?P<key>[^\]]+)\] (?P<state>[\w-]+)(?:: (?P<amount>[\d.]+))?")
_LINES = re.compile(r"\{([^{}]*)\}\s*$")
DONE, REFUSED = "done", "refused"


def our_refunds(notes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Our refunds among the notes of an order, the newest first: key, amount, moment, and the lines that they gave back.
    One whose last try was refused is none."""
    found: dict[str, dict[str, Any]] = {}
    for note in notes:
        text = str(note.get("note") or "")
        mark = _MARK.search(text)
        if mark is None or mark["key"] in found:
            continue
        found[mark["key"]] = {
            "key": mark["key"],
            "amount": mark["amount"] or "0",
            "at": note.get("created_at"),
            "lines": _lines_of(text),
            "refused": mark["state"] == REFUSED,
        }
    return [refund for refund in found.values() if not refund.pop("refused")]


def _lines_of(text: str) -> list[dict[str, str]]:
    block = _LINES.search(text)
    rows = [row.split() for row in block.group(1).split(";")] if block else []
    return [dict(zip(("id", "quantity", "net", "tax"), row, strict=True)) for row in rows if len(row) == 4]


def _lines_text(notice: RefundNotice) -> str:
    """As a note keeps them: `{line quantity net tax; …}`; amounts of no line stand under their kind."""
    rows = [
        f"{row.order_line_id or row.kind} {row.quantity:f} {row.net:f} {row.tax:f}" for row in notice.lines
    ]
    return f" {{{'; '.join(rows)}}}" if rows else ""


class RefundPusher:
    def __init__(self, client: SallaClient) -> None:
        self._client = client

    def push(self, notice: RefundNotice) -> PushResult:
        """Once, also after a lost answer. Three calls to look, three to write."""
        try:
            changed = self._refund(notice)
        except PermanentError as error:
            return replace(result_from_error(notice.key, error), remote_id=notice.order_remote_id)
        outcome = Outcome.OK if changed else Outcome.UNCHANGED
        return PushResult(notice.key, outcome, remote_id=notice.order_remote_id)

    def _refund(self, notice: RefundNotice) -> bool:
        if not notice.order_remote_id.isdigit():
            raise Rejected(
                f"'{notice.order_remote_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
            )
        order = self._client.get(
            f"orders/{notice.order_remote_id}", [("format", "light")], lane=LANE
        ).record()
        amounts = order.get("amounts")
        total = amount_of(amounts.get("total") if isinstance(amounts, Mapping) else None)
        if notice.amount > total:
            raise Rejected(
                f"The refund of {notice.amount} is more than the order's total of {total}.",
                code="refund_too_large",
                cure="Correct the credit note in the ERP.",
            )
        state = self._state(notice)
        if state == DONE:
            return False
        if not notice.pay_back:
            self._note(notice, DONE)
            return True
        return self._pay_back(notice, state, str(order.get("currency") or ""))

    def _state(self, notice: RefundNotice) -> str:
        """Of the last try: "", done, refused, or what the transaction was before it."""
        rows = self._client.pages(f"orders/{notice.order_remote_id}/histories", lane=LANE)
        marks = [found for row in rows if (found := _MARK.search(str(row.get("note") or "")))]
        own = [mark["state"] for mark in marks if mark["key"] == notice.key]
        return DONE if DONE in own else own[0] if own else ""

    def _pay_back(self, notice: RefundNotice, state: str, currency: str) -> bool:
        rows = list(self._client.pages("transactions", [("order_id", notice.order_remote_id)], lane=LANE))
        if state not in ("", REFUSED):
            now = {_slug(row) for row in rows}
            if state not in now:
                self._note(notice, DONE)
                return False
            if state != "paid":
                raise Rejected(
                    "Whether an earlier try of this refund moved the money cannot be told.",
                    code="refund_uncertain",
                    cure="Look at the order's transaction in Salla, and give the money back there if it was not given.",
                )
        row = next((row for row in rows if "refund" in (row.get("available_actions") or ())), None)
        if row is None:
            raise Rejected(
                "The order has no transaction that can be refunded.",
                code="no_transaction",
                cure="Give the money back by hand: it was paid in cash, by bank, or is refunded already.",
            )
        self._note(notice, _slug(row))
        body = {"action": "refund", "amount": float(notice.amount), "currency": currency}
        try:
            self._client.put(f"transactions/{row['id']}", body, lane=LANE)
        except PermanentError:
            self._note(notice, REFUSED)
            raise
        self._note(notice, DONE)
        return True

    def _note(self, notice: RefundNotice, state: str) -> None:
        told = f"ecomsync refund [{notice.key}] {state}: {notice.amount} {notice.reason}".strip()
        text = told + _lines_text(notice)
        self._client.post(f"orders/{notice.order_remote_id}/histories", {"note": text}, lane=LANE)


def _slug(row: Mapping[str, Any]) -> str:
    status = row.get("status")
    return str(status.get("slug") or "unknown") if isinstance(status, Mapping) else "unknown"
