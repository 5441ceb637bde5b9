"""Images: every `src` sent makes a new media entry; `{"id": …}` uses one again."""

import http.client
import posixpath
from typing import Any
from urllib.parse import urlsplit

from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.rows import Media
from sandbox.woocommerce.state import Store

_EXTENSIONS = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005"
    "00018da0b6ef0000000049454e44ae426082"
)


def sources(body: Any) -> list[str]:
    """Every image address in a product, variation, category or batch body."""
    found: list[str] = []
    for row in body if isinstance(body, list) else [body]:
        if not isinstance(row, dict):
            continue
        images = row.get("images")
        found += [
            str(image["src"])
            for image in [row.get("image"), *(images if isinstance(images, list) else [])]
            if isinstance(image, dict) and image.get("src") and not image.get("id")
        ]
        for action in ("create", "update"):
            if isinstance(row.get(action), list):
                found.extend(sources(row[action]))
    return found


def download(src: str, *, external: bool) -> str:
    """Fetches an image as WordPress does; returns the problem, or an empty text.

    Hosts other than loopback are asked only when `external`; otherwise the extension decides.
    """
    parts = urlsplit(src)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "A valid URL was not provided."
    if not external and parts.hostname not in _LOOPBACK:
        known = posixpath.splitext(parts.path)[1].lower() in _EXTENSIONS
        return "" if known else "Sorry, you are not allowed to upload this file type."
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as err:
        return f"cURL error 7: {err}"
    finally:
        connection.close()
    if answer.status != 200:
        return f"{answer.reason}"
    if not (answer.getheader("Content-Type") or "").startswith("image/"):
        return "Sorry, you are not allowed to upload this file type."
    return ""


def upload_error(src: str, problem: str) -> RestError:
    return RestError(
        "woocommerce_product_image_upload_error", f"Error getting remote image {src}. Error: {problem}", 400
    )


class MediaDesk:
    """Turns image objects of a request into media ids. Downloads happen before the shop is locked."""

    def __init__(self, store: Store, home: str, problems: dict[str, str]) -> None:
        self.store = store
        self.home = home
        self.problems = problems

    def take(self, image: dict[str, Any]) -> int:
        media_id = int(image.get("id") or 0)
        if not media_id and image.get("src"):
            media_id = self.upload(str(image["src"]), image).id
        media = self.store.media.get(media_id)
        if media is None:
            raise RestError(
                "woocommerce_product_invalid_image_id", f"#{media_id} is an invalid image ID.", 400
            )
        if image.get("name"):
            media.name = str(image["name"])
        if image.get("alt"):
            media.alt = str(image["alt"])
        return media.id

    def upload(self, src: str, image: dict[str, Any]) -> Media:
        problem = self.problems.get(src, "")
        if problem:
            raise upload_error(src, problem)
        store = self.store
        name = posixpath.basename(urlsplit(src).path) or "image.jpg"
        media_id = store.next_id("post")
        day = (store.clock.local(store.clock.now()) or "")[:7].replace("-", "/")
        stem, extension = posixpath.splitext(name)
        taken = any(m.name == stem for m in store.media.values())
        stored = f"{stem}-{media_id}{extension}" if taken else name
        media = Media(
            media_id,
            f"{self.home}/wp-content/uploads/{day}/{stored}",
            stem,
            str(image.get("alt") or ""),
            store.clock.now(),
            src,
        )
        store.media[media_id] = media
        return media
