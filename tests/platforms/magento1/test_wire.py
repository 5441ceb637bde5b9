"""What goes over the wire: XML that cannot hurt, texts that XML can hold, PHP's own notation."""

from __future__ import annotations

import xmlrpc.client
from decimal import Decimal

import pytest

from platforms.magento1.faults import RemoteFault
from platforms.magento1.php_text import unserialized
from platforms.magento1.safe_xml import MAX_DEPTH, XmlFault, parse
from platforms.magento1.soap import envelope, operation_for, read_answer, read_namespace, typed_filters
from platforms.magento1.xmlrpc import call_body
from platforms.magento1.xmlrpc import read_answer as read_xmlrpc

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;">]>
<methodResponse><params><param><value><string>&lol1;</string></value></param></params></methodResponse>"""
FILES = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>
<methodResponse><params><param><value><string>&xxe;</string></value></param></params></methodResponse>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE methodResponse SYSTEM "http://127.0.0.1:9/evil.dtd"><methodResponse/>"""


@pytest.mark.parametrize("document", [LAUGHS, FILES, OUTSIDE])
def test_document_types_are_refused_before_anything_is_expanded(document: bytes) -> None:
    for reader in (parse, read_xmlrpc, read_namespace):
        with pytest.raises(XmlFault, match="document type"):
            reader(document)
    with pytest.raises(XmlFault, match="document type"):
        read_answer(document, "order.info")


def test_depth_is_bounded() -> None:
    document = b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1)
    with pytest.raises(XmlFault, match="too deeply"):
        parse(document)


@pytest.mark.parametrize(
    "document", [b"", b"<b>Warning</b>: x <methodResponse/>", b"<a><b></a>", b"{}", b"&amp;"]
)
def test_what_is_no_xml_is_said_so(document: bytes) -> None:
    with pytest.raises(XmlFault):
        read_xmlrpc(document)


def test_byte_order_mark_and_blanks_before_the_document_are_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf\n <a x:b='1' xmlns:x='u'>t</a>").attributes["b"] == "1"


def test_call_is_read_by_another_implementation() -> None:
    arguments = ["s", "شكرًا <&> 👍", {"qty": Decimal("1E+2"), "نعم": True}, [None, 2**40, -5], {}]
    read, method = xmlrpc.client.loads(call_body("call", arguments))

    assert method == "call"
    assert read == ("s", "شكرًا <&> 👍", {"qty": "100", "نعم": True}, [None, str(2**40), -5], {})


def test_characters_that_xml_cannot_hold_go() -> None:
    (text,), _ = xmlrpc.client.loads(call_body("x", ["a\x00b\x0bc\ud800d\tz"]))

    assert text == "abcd\tz"


def test_answers_of_another_implementation_are_read() -> None:
    value = {"a": [1, None, True, "x", {"deep": ""}], "b": "تم", "c": 1.5}
    body = xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()

    assert read_xmlrpc(body) == {**value, "c": "1.5"}
    assert (
        read_xmlrpc(b"<methodResponse><params><param><value>bare</value></param></params></methodResponse>")
        == "bare"
    )


@pytest.mark.parametrize(
    "inner",
    [
        "<struct><member><name>a</name></member></struct>",
        "<int>four</int>",
        "<set/>",
        "<array><data>" * 120 + "</data></array>" * 120,
    ],
)
def test_values_that_make_no_sense_are_refused(inner: str) -> None:
    body = f"<methodResponse><params><param><value>{inner}</value></param></params></methodResponse>"
    with pytest.raises(XmlFault):
        read_xmlrpc(body.encode())


def test_blanks_between_the_elements_are_no_values() -> None:
    body = b"""<methodResponse> <params>
      <param> <value> <array> <data>
        <value> <string> a </string> </value> <value><string></string></value> <value><nil/></value> <value></value>
        <value> <struct> <member> <name>k</name> <value> <i4>4</i4> </value> </member> </struct> </value>
      </data> </array> </value> </param> </params> </methodResponse>"""

    assert read_xmlrpc(body) == [" a ", "", None, "", {"k": 4}]


def test_fault_carries_its_number_and_text() -> None:
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(101, "Product not exists.")).encode()
    with pytest.raises(RemoteFault) as caught:
        read_xmlrpc(body)

    assert (caught.value.code, caught.value.message) == (101, "Product not exists.")


def test_soap_filters_have_one_operator_each() -> None:
    filters = {"status": "pending", "updated_at": {"from": "a", "to": "b"}, "sku": {"in": ["x", "y"]}}

    assert typed_filters(filters) == {
        "filter": [{"key": "status", "value": "pending"}],
        "complex_filter": [
            {"key": "updated_at", "value": {"key": "from", "value": "a"}},
            {"key": "updated_at", "value": {"key": "to", "value": "b"}},
            {"key": "sku", "value": {"key": "in", "value": "x,y"}},
        ],
    }


def test_soap_call_names_its_arguments_and_escapes() -> None:
    operation, named = operation_for("product.update", ["5", {"price": "1", "color": "49"}, None, "id"])
    text = envelope("urn:OpenMage", operation, [("sessionId", "s"), *named]).decode()

    assert "<urn:catalogProductUpdate><sessionId" in text
    assert '<storeView xsi:nil="true"/>' in text
    assert '<single_data xsi:type="soapenc:Array" soapenc:arrayType="xsd:anyType[1]"><item><key' in text
    assert "&lt;b&gt;" in envelope("urn:x", "login", [("username", "<b>")]).decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a:1:{s:3:"qty";i:2;}', {"qty": 2}),
        ("a:2:{i:0;b:1;i:1;N;}", {0: True, 1: None}),
        ('s:8:"أحمر";', "أحمر"),
        ("d:1.5;", "1.5"),
        ('O:8:"stdClass":0:{}', None),
        ("a:99999999:{}", None),
        ("a:1:{" * 50, None),
        ('s:5:"ab', None),
        ("", None),
    ],
)
def test_php_text_is_read_without_making_objects(text: str, value: object) -> None:
    assert unserialized(text) == value
