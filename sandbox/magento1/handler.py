"""The handler behind every door: login, call, multiCall, endSession."""

from typing import Any

from sandbox.magento1.calls import Call, Hint
from sandbox.magento1.errors import FAULTS, GLOBAL, ApiFault
from sandbox.magento1.methods import METHODS, V2_ONLY, full_path
from sandbox.magento1.rows import ApiUser, Json, Session
from sandbox.magento1.state import Store


class Handler:
    def __init__(self, store: Store, hint: Hint) -> None:
        self.store = store
        self.hint = hint
        #: (SKUs and ids, code, message) of products that a fault of the request refuses
        self.refusals: list[tuple[set[str], int, str]] = []

    # Sessions.

    def login(self, name: Any = None, key: Any = None, *rest: Any) -> str:
        user = self.store.users.get(str(name))
        if user is None or not user.active or user.key != str(key):
            raise ApiFault(2, GLOBAL[2])
        now, life = self.store.clock.now(), self.store.options.session_timeout
        # A login clears away this user's sessions that are over, and no others.
        over = [i for i, s in self.store.sessions.items() if s.user == user.name and now - s.seen_at > life]
        for session_id in over:
            del self.store.sessions[session_id]
        session_id = self.store.session_id()
        self.store.sessions[session_id] = Session(user.name, now)
        return session_id

    def end_session(self, session_id: Any = None) -> bool:
        self.store.sessions.pop(str(session_id), None)
        return True

    def _user(self, session_id: Any) -> ApiUser:
        """Whose session it is; each call lengthens its life."""
        session = self.store.sessions.get(str(session_id))
        now = self.store.clock.now()
        if session is None or now - session.seen_at > self.store.options.session_timeout:
            raise ApiFault(5, GLOBAL[5])
        user = self.store.users.get(session.user)
        if user is None or not user.active:
            raise ApiFault(5, GLOBAL[5])
        session.seen_at = now
        return user

    # Calls.

    def call(self, session_id: Any = None, path: Any = "", arguments: Any = (), *, v2: bool = False) -> Any:
        user = self._user(session_id)
        return self._run(user, str(path), arguments, v2=v2)

    def multi_call(self, session_id: Any = None, calls: Any = (), options: Any = None) -> list[Any]:
        """Results in order; a fault is a row of its own and stops nothing unless `break` says so."""
        user = self._user(session_id)
        stops = isinstance(options, dict) and str(options.get("break", "0")) == "1"
        results: list[Any] = []
        for row in calls or []:
            try:
                path, arguments = row[0], row[1] if len(row) > 1 else []
                results.append(self._run(user, str(path), arguments))
            except (IndexError, KeyError, TypeError):
                results.append(_as_row(ApiFault(3, GLOBAL[3])))
                if stops:
                    break
            except ApiFault as err:
                known = ApiFault(1, GLOBAL[1]) if err.code == 1 else err  # rows hide what went wrong inside
                results.append(_as_row(known))
                if stops:
                    break
        return results

    def _run(self, user: ApiUser, given: str, arguments: Any, *, v2: bool = False) -> Any:
        resource, _, name = given.partition(".")
        path = full_path(given)
        if not resource or not name or path not in METHODS or (path in V2_ONLY and not v2):
            raise ApiFault(3, GLOBAL[3])
        if not user.may(path):
            raise ApiFault(2, GLOBAL[2])
        values = list(arguments) if isinstance(arguments, list | tuple) else [arguments]
        call = Call(self.store, user, self.hint, v2)
        try:
            self._refuse(path, values, call)
            return METHODS[path].handler(call, *values)
        except TypeError as err:
            if "argument" not in str(err):
                raise
            raise ApiFault(6, GLOBAL[6]) from err

    def _refuse(self, path: str, values: list[Any], call: Call) -> None:
        """A fault of the training shop: these products are refused, whichever way they are named. Of a bundle of SOAP v2
        the rows before are carried out."""
        if not METHODS[path].writes or not values:
            return
        many = isinstance(values[0], list)
        for position, name in enumerate(values[0] if many else [values[0]]):
            for names, code, message in self.refusals:
                if str(name) not in names:
                    continue
                if many:
                    METHODS[path].handler(call, values[0][:position], values[1][:position], *values[2:])
                resource = path.partition(".")[0]
                raise ApiFault(
                    code, message or FAULTS.get(resource, {}).get(code) or GLOBAL.get(code, "Refused.")
                )


def _as_row(err: ApiFault) -> Json:
    return {"isFault": True, "faultCode": str(err.code), "faultMessage": err.message}
