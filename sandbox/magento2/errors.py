"""A refusal as the REST layer prints it: a message with its placeholders left open, and the parameters beside it."""

from typing import Any

Parameters = list[Any] | dict[str, Any]


class MageError(Exception):
    """status: HTTP; errors: further messages, each `(message, parameters)`."""

    def __init__(
        self,
        message: str,
        parameters: Parameters | None = None,
        *,
        status: int = 400,
        errors: list[tuple[str, Parameters]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.parameters = parameters
        self.status = status
        self.errors = errors or []

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = [{"message": text, "parameters": values} for text, values in self.errors]
        if self.parameters:
            body["parameters"] = self.parameters
        return body

    def filled(self) -> str:
        """The message as the admin and the bulk operations show it: placeholders replaced."""
        text = self.message
        pairs = (
            self.parameters.items()
            if isinstance(self.parameters, dict)
            else enumerate(self.parameters or [], start=1)
        )
        for name, value in pairs:
            text = text.replace(f"%{name}", str(value))
        return text


def required(name: str) -> MageError:
    return MageError('"%fieldName" is required. Enter and try again.', {"fieldName": name})


def no_entity() -> MageError:
    return MageError(
        "The entity that was requested doesn't exist. Verify the entity and try again.", status=404
    )


def no_such(field: str, value: Any) -> MageError:
    return MageError(
        "No such entity with %fieldName = %fieldValue", {"fieldName": field, "fieldValue": value}, status=404
    )


def no_product() -> MageError:
    return MageError(
        "The product that was requested doesn't exist. Verify the product and try again.", status=404
    )


def no_route() -> MageError:
    return MageError("Request does not match any route.", status=404)


def forbidden(resource: str) -> MageError:
    return MageError(
        "The consumer isn't authorized to access %resources.", {"resources": resource}, status=401
    )


def wrong_type(value: Any, wanted: str) -> MageError:
    return MageError(
        'The "%1" value\'s type is invalid. The "%2" type was expected. Verify and try again.',
        [value, wanted],
    )


def fatal_error(report: str) -> dict[str, Any]:
    """What stands in place of an answer when PHP itself gives up."""
    text = f"Server internal error. See details in report api/{report}"
    return {"messages": {"error": [{"code": 500, "message": text}]}}


def internal_error(report: str) -> MageError:
    return MageError(
        f"Internal Error. Details are available in Magento log file. Report ID: webapi-{report}", status=500
    )
