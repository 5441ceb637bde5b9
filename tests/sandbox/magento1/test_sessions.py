"""Signing in, rights, doors: sections 1, 2 and 14 of the sheet."""

from __future__ import annotations

import re

import pytest

from sandbox.magento1 import Magento1Shop
from tests.sandbox.magento1.client import Rpc, fault_of, request, soap, soap_fault, soap_login


def test_session_is_32_hex_and_each_login_makes_another(shop: Magento1Shop) -> None:
    first, second = Rpc(shop), Rpc(shop)

    assert re.fullmatch(r"[0-9a-f]{32}", first.session)
    assert first.session != second.session
    assert first.call("magento.info") == second.call("magento.info"), "both live"


def test_session_slides_and_ends_in_fault_5(shop: Magento1Shop, rpc: Rpc) -> None:
    for _ in range(3):
        shop.advance(3600)
        rpc.call("store.list")
    shop.advance(3601)

    assert fault_of(lambda: rpc.call("store.list")) == (5, "Session expired. Try to relogin.")
    assert fault_of(lambda: rpc.multi(["store.list", []])) == (5, "Session expired. Try to relogin.")


def test_login_clears_only_what_is_over(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.advance(3601)
    Rpc(shop)
    Rpc(shop)

    assert len(shop.store.sessions) == 2


def test_ended_session_is_over(rpc: Rpc) -> None:
    assert rpc.proxy.endSession(rpc.session) is True
    assert fault_of(lambda: rpc.call("store.list"))[0] == 5


@pytest.mark.parametrize(("user", "key"), [("erp", "wrong"), ("nobody", "x")])
def test_wrong_user_or_key_is_fault_2(shop: Magento1Shop, user: str, key: str) -> None:
    assert fault_of(lambda: Rpc(shop, user, key)) == (2, "Access denied.")


def test_missing_right_is_fault_2_too_and_a_row_in_a_bundle(shop: Magento1Shop) -> None:
    shop.add_user("half", "k", frozenset({"core_store.list"}))
    half = Rpc(shop, "half", "k")

    assert fault_of(lambda: half.call("order.list")) == (2, "Access denied.")
    rows = half.multi(["store.list", []], ["order.list", []])
    assert [row["code"] for row in rows[0]] == ["default", "ar"]
    assert rows[1] == {"isFault": True, "faultCode": "2", "faultMessage": "Access denied."}


def test_unknown_path_and_missing_parameter(rpc: Rpc) -> None:
    assert fault_of(lambda: rpc.call("order.dance")) == (3, "Invalid api path.")
    assert fault_of(lambda: rpc.call("catalog_product.multiUpdate", [], [])) == (3, "Invalid api path."), (
        "v2 only"
    )
    assert fault_of(lambda: rpc.call("order.info"))[0] == 6


def test_break_ends_a_bundle_at_its_first_fault(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    calls = [["product_stock.update", ["NONE", {"qty": "1"}]], ["product_stock.update", ["A", {"qty": "9"}]]]

    assert len(rpc.multi(*calls, stop=True)) == 1 and shop.stock_of("A") == 5
    assert rpc.multi(*calls) == [
        {"isFault": True, "faultCode": "101", "faultMessage": "Product not exists."},
        True,
    ]
    assert shop.stock_of("A") == 9


def test_doors_without_rewrites_and_behind_a_firewall(shop: Magento1Shop) -> None:
    body = b"<methodCall><methodName>login</methodName></methodCall>"
    assert request(shop, "POST", "/index.php/api/xmlrpc/", body)[0] == 200
    shop.options.rewrites = False
    assert request(shop, "POST", "/api/xmlrpc/", body)[0] == 404
    assert request(shop, "POST", "/index.php/api/xmlrpc/", body)[0] == 200
    shop.options.xmlrpc = False
    assert request(shop, "POST", "/index.php/api/xmlrpc/", body)[0] == 403


def test_faults_of_xmlrpc_come_with_200_and_of_soap_as_set(shop: Magento1Shop) -> None:
    status, answer = request(
        shop, "POST", "/api/xmlrpc/", b"<methodCall><methodName>login</methodName></methodCall>"
    )
    assert status == 200 and b"<fault>" in answer
    inner = "<username>erp</username><apiKey>wrong</apiKey>"
    for wanted in (200, 500):
        shop.options.soap_fault_status = wanted
        status, element = soap(shop, "login", inner)
        assert (status, soap_fault(element)) == (wanted, ("2", "Access denied."))


def test_broken_request_is_a_fault_and_not_a_crash(shop: Magento1Shop) -> None:
    for body in (b"", b"<x", b"{}"):
        status, answer = request(shop, "POST", "/api/xmlrpc/", body)
        assert status == 200 and b"Failed to parse request" in answer


def test_wsdl_names_its_namespace(shop: Magento1Shop) -> None:
    shop.options.namespace = "urn:Magento"
    _, body = request(shop, "GET", "/api/v2_soap/?wsdl=1")

    assert b'targetNamespace="urn:Magento"' in body
    assert b"multiCall" not in body


def test_soap_session_expires_alike(shop: Magento1Shop) -> None:
    session = soap_login(shop)
    shop.advance(3601)
    _, answer = soap(shop, "storeList", f"<sessionId>{session}</sessionId>")

    assert soap_fault(answer) == ("5", "Session expired. Try to relogin.")
