"""RSA signatures (PKCS #1 v1.5, SHA-256) with a published training key; standard library only."""

import base64
import hashlib

# A throw-away key of 1024 bits: it signs for training shops only.
MODULUS = int(
    "92da7cf6ad6083171fdfa3288229efdf726ef65fe6f85f1703321a8d6b69d0193e15c65ccefebf4f"
    "04900be5dd7c519ffc9f4aa4a0bc809b0ed0f00bd30ba565c16951f36a1a5a74d7920ff8cf4c4e8f"
    "dcdb97a1013487efbb69fea86c8bf582fd24bebc4f2617a9cb0c4474fc0774a4a0d46fb87fd0cf52"
    "30e44ae6ee01e3cb",
    16,
)
EXPONENT = 65537
_PRIVATE = int(
    "2ffb4d5b37d8d1dc2b60e1a969a61426f8f7c26e214443a57c38d1ae254b645feb062852c89b399c"
    "b2cbf1e7400fcf87ab7dcc60afd807592265281964f2682eb167d1b1517abf3fa6d90846796f2089"
    "d2bed44380bbcb2120e6fd1e45347e55b380a615e55680dfde22c4d4494d169caab4f71c41cf7bf0"
    "e14bfa28c6470111",
    16,
)
_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def sign(message: bytes) -> str:
    """base64 of the signature."""
    size = (MODULUS.bit_length() + 7) // 8
    tail = _PREFIX + hashlib.sha256(message).digest()
    block = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
    made = pow(int.from_bytes(block, "big"), _PRIVATE, MODULUS)
    return base64.b64encode(made.to_bytes(size, "big")).decode()


def _der(tag: int, body: bytes) -> bytes:
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + length + body


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def public_pem() -> str:
    """The public key as the shop's admin shows it, and as the key server hands it out."""
    inner = _der(0x30, _integer(MODULUS) + _integer(EXPONENT))
    kind = _der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    text = base64.b64encode(_der(0x30, kind + _der(0x03, b"\x00" + inner))).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
