"""Files and pictures: taken from addresses or staged uploads, ready after a while."""

import hashlib
from urllib.parse import urlsplit

from sandbox.shopify.calls import Call, Row, mutates, refuse

_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic")


def _source(call: Call, given: Row, path: list[str]) -> Row:
    """What an `originalSource` leads to: `{"content", "broken", "name"}`."""
    source = given.get("originalSource") or ""
    name = given.get("filename") or urlsplit(source).path.rpartition("/")[2] or "file"
    staged = source.removeprefix(f"{call.app.home}/staged-uploads/")
    if staged != source:
        target = call.store.uploads.get(staged)
        if target is None or target.get("content") is None:
            raise refuse([*path, "originalSource"], "File not found at the staged upload.", "INVALID")
        return {"content": target["content"], "broken": False, "name": name}
    parts = urlsplit(source)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse([*path, "originalSource"], "Image URL is invalid", "INVALID_IMAGE_SOURCE_URL")
    broken = "broken" in source or parts.hostname.endswith(".invalid")
    return {"content": source.encode(), "broken": broken, "name": name}


def new_file(call: Call, given: Row, path: list[str]) -> Row:
    """A picture or any other file, UPLOADED until it has been looked at often enough."""
    found = _source(call, given, path)
    kind = given.get("contentType") or given.get("mediaContentType")
    picture = kind == "IMAGE" or (kind is None and found["name"].lower().endswith(_PICTURES))
    if kind == "IMAGE" and given.get("filename") and not found["name"].lower().endswith(_PICTURES):
        raise refuse([*path, "filename"], "The file type is not supported.", "UNACCEPTABLE_ASSET")
    _resolve_name(call, given, found, path)
    address = f"/cdn/shop/files/{found['name']}"
    call.store.files[address] = found["content"]
    digest = hashlib.sha256(found["content"]).hexdigest()[:10]
    return call.store.add(
        "MediaImage" if picture else "GenericFile",
        alt=given.get("alt") or "",
        fileStatus="UPLOADED",
        mimeType=None,
        mediaContentType="IMAGE",
        originalFileSize=len(found["content"]),
        originalSource={"url": given.get("originalSource"), "fileSize": len(found["content"])},
        _filename=found["name"],
        _url=f"{call.app.home}{address}?v={digest}",
        _source=given.get("originalSource"),
        _broken=found["broken"],
    )


def _resolve_name(call: Call, given: Row, found: Row, path: list[str]) -> None:
    taken = f"/cdn/shop/files/{found['name']}" in call.store.files
    mode = given.get("duplicateResolutionMode") or "APPEND_UUID"
    if taken and mode == "RAISE_ERROR":
        raise refuse(
            [*path, "filename"], "A file with this filename already exists.", "FILENAME_ALREADY_EXISTS"
        )
    if taken and mode == "APPEND_UUID":
        stem, dot, end = found["name"].rpartition(".")
        found["name"] = f"{stem or end}_{call.store.token(8)}{dot}{end if stem else ''}"


def attach_files(call: Call, product: Row, rows: list[Row], variant: Row | None = None) -> None:
    """Pictures of a product, in order; a row with an id is one that exists."""
    for index, given in enumerate(rows):
        path = ["input", "files", str(index)]
        if given.get("id"):
            picture = call.store.find(given["id"], "MediaImage")
            if picture is None:
                raise refuse([*path, "id"], "File does not exist", "INVALID_INPUT")
            if given.get("alt") is not None:
                picture["alt"] = given["alt"]
        else:
            known = _same_source(call, product, given)
            picture = known or new_file(call, {**given, "contentType": "IMAGE", "filename": None}, path)
            if given.get("alt") is not None:
                picture["alt"] = given["alt"]
        if picture["id"] not in product["_media"]:
            product["_media"].append(picture["id"])
        if variant is not None:
            variant["_media"] = [picture["id"]]


def _same_source(call: Call, product: Row, given: Row) -> Row | None:
    for gid in product["_media"]:
        row = call.store.tables["MediaImage"][gid]
        if row["_source"] == given.get("originalSource"):
            return row
    return None


def media_of(call: Call, product: Row, gid: str, path: list[str]) -> Row:
    found = call.store.find(gid, "MediaImage")
    if found is None or gid not in product["_media"]:
        raise refuse(
            path, "Media does not exist on the specified product.", "MEDIA_DOES_NOT_EXIST_ON_PRODUCT"
        )
    return found


@mutates("fileCreate", scope="write_files")
def create(call: Call, args: Row) -> Row:
    return {"files": [new_file(call, row, ["files", str(i)]) for i, row in enumerate(args["files"])]}


@mutates("fileDelete", scope="write_files")
def delete(call: Call, args: Row) -> Row:
    rows = []
    for index, gid in enumerate(args["fileIds"]):
        row = call.store.find(gid, "MediaImage") or call.store.find(gid, "GenericFile")
        if row is None:
            raise refuse(["fileIds", str(index)], f"File id {gid} does not exist.", "FILE_DOES_NOT_EXIST")
        rows.append(row)
    for row in rows:
        for product in (*call.store.rows("Product"), *call.store.rows("ProductVariant")):
            if row["id"] in product["_media"]:
                product["_media"].remove(row["id"])
        call.store.drop(row)
    return {"deletedFileIds": [r["id"] for r in rows]}


@mutates("productDeleteMedia", scope="write_products", errors="mediaUserErrors")
def delete_media(call: Call, args: Row) -> Row:
    product = call.store.find(args["productId"], "Product")
    if product is None:
        raise refuse(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    for gid in args["mediaIds"]:
        media_of(call, product, gid, ["mediaIds"])
        product["_media"].remove(gid)
    return {
        "deletedMediaIds": args["mediaIds"],
        "deletedProductImageIds": [],
        "product": product,
        "userErrors": [],
    }


@mutates("stagedUploadsCreate", scope="")
def stage(call: Call, args: Row) -> Row:
    """A place to upload to. POST: a form with these parameters, the file last. PUT: the bare content."""
    targets = []
    for row in args["input"]:
        method = row.get("httpMethod") or "PUT"
        key = f"tmp/1/{row['resource'].lower()}/{call.store.token(24)}/{row['filename']}"
        target: Row = {
            "key": key,
            "method": method,
            "resource": row["resource"],
            "content": None,
            "parameters": [],
        }
        call.store.uploads[key] = target
        base = f"{call.app.home}/staged-uploads"
        if method == "POST":
            target["parameters"] = [
                {"name": "Content-Type", "value": row["mimeType"]},
                {"name": "success_action_status", "value": "201"},
                {"name": "acl", "value": "private"},
                {"name": "key", "value": key},
                {"name": "policy", "value": call.store.token(40)},
                {"name": "x-goog-signature", "value": call.store.token(64)},
            ]
            url = f"{base}/"
        else:
            target["shown"] = [
                {"name": "content_type", "value": row["mimeType"]},
                {"name": "acl", "value": "private"},
            ]
            url = f"{base}/{key}"
        targets.append(
            {
                "url": url,
                "resourceUrl": f"{base}/{key}",
                "parameters": target["parameters"] or target.get("shown", []),
            }
        )
    return {"stagedTargets": targets}
