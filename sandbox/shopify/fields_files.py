"""Fields of files and pictures."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import searched


@resolves("QueryRoot.files", scope="read_files")
def files(call: Call, row: Row, args: Row) -> Row:
    rows = [*call.store.rows("GenericFile"), *call.store.rows("MediaImage")]
    fields = {
        "id": ("id", lambda r: r["id"]),
        "filename": ("text", lambda r: r["_filename"]),
        "status": ("word", lambda r: r["fileStatus"]),
        "created_at": ("time", lambda r: r["createdAt"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "media_type": ("word", lambda r: "IMAGE" if "MediaImage" in r["id"] else "GENERIC_FILE"),
    }
    keys = {"CREATED_AT": lambda r: r["createdAt"], "UPDATED_AT": lambda r: r["updatedAt"]}
    return searched(call, rows, args, fields, keys)


@resolves("GenericFile.fileStatus", "MediaImage.fileStatus")
def file_status(call: Call, row: Row, args: Row) -> str:
    """Processing is seen for a while, then the file is ready or has failed."""
    if row["fileStatus"] in ("READY", "FAILED"):
        return str(row["fileStatus"])
    row["_looks"] = row.get("_looks", 0) + 1
    if row["_looks"] <= call.options.async_polls:
        row["fileStatus"] = "PROCESSING"
    else:
        row["fileStatus"] = "FAILED" if row.get("_broken") else "READY"
    return str(row["fileStatus"])


@resolves("MediaImage.status")
def media_status(call: Call, row: Row, args: Row) -> str:
    return str(file_status(call, row, args))


@resolves("GenericFile.url")
def file_url(call: Call, row: Row, args: Row) -> str | None:
    return row["_url"] if row["fileStatus"] == "READY" else None


@resolves("MediaImage.image")
def media_image(call: Call, row: Row, args: Row) -> Row | None:
    if row["fileStatus"] != "READY":
        return None
    return image_row(row)


def image_row(row: Row) -> Row:
    return {
        "id": row["id"].replace("MediaImage", "ImageSource"),
        "altText": row["alt"],
        "url": row["_url"],
        "width": 800,
        "height": 800,
    }


@resolves("GenericFile.preview", "MediaImage.preview")
def file_preview(call: Call, row: Row, args: Row) -> Row:
    return {"status": row["fileStatus"], "image": None}


@resolves("GenericFile.fileErrors", "MediaImage.fileErrors", "MediaImage.mediaErrors")
def file_errors(call: Call, row: Row, args: Row) -> list[Row]:
    if row["fileStatus"] != "FAILED":
        return []
    return [
        {
            "code": "IMAGE_DOWNLOAD_FAILURE",
            "message": "Image file could not be downloaded",
            "details": row.get("_source"),
        }
    ]
