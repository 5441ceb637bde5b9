"""A client kept in a file between runs. The file is read with pickle: load only files that you wrote yourself."""

import os
import pickle
import tempfile
from pathlib import Path

from sandbox.clock import ShopClock
from sandbox.norce.state import Options, Store

_LEFT_OUT = ("lock", "clock", "options")


def save(store: Store, file: str) -> None:
    """Writes the whole file or nothing."""
    with store.lock:
        kept = {k: v for k, v in vars(store).items() if k not in _LEFT_OUT}
        content = pickle.dumps({"format": 1, "rows": kept, "clock_offset": store.clock.offset})
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(temporary).replace(target)


def load(file: str, options: Options, clock: ShopClock) -> Store:
    content = pickle.loads(Path(file).read_bytes())
    if content.get("format") != 1:
        raise ValueError(f"{file} was not written by this sandbox; delete it to start anew.")
    store = Store(options, clock, 1)
    vars(store).update(content["rows"])
    clock.offset = content["clock_offset"]
    return store
