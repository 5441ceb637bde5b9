"""A refusal in WordPress' shape: `{"code", "message", "data"}`."""

from typing import Any


class RestError(Exception):
    """data is `{"status": …}` plus extras; `bare` makes it a naked number, which WordPress answers with 500."""

    def __init__(self, code: str, message: str, status: int, *, bare: bool = False, **extra: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.data: Any = status if bare else {"status": status, **extra}
        self.status = 500 if bare else status

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": self.data}


def invalid_param(problems: dict[str, tuple[str, str, Any]]) -> RestError:
    """problems: name -> (code, message, data) of each refused parameter."""
    return RestError(
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(problems)}",
        400,
        params={name: message for name, (_, message, _) in problems.items()},
        details={
            name: {"code": code, "message": message, "data": data}
            for name, (code, message, data) in problems.items()
        },
    )


def missing_param(names: list[str]) -> RestError:
    return RestError(
        "rest_missing_callback_param", f"Missing parameter(s): {', '.join(names)}", 400, params=names
    )


def no_route() -> RestError:
    return RestError("rest_no_route", "No route was found matching the URL and request method.", 404)


def critical_error() -> RestError:
    error = RestError(
        "internal_server_error",
        "<p>There has been a critical error on this website.</p><p><a href="
        '"https://wordpress.org/documentation/article/faq-troubleshooting/">'
        "Learn more about troubleshooting WordPress.</a></p>",
        500,
    )
    error.data["error"] = None
    return error
