"""GraphQL documents: read, checked against the served schema, refused in Shopify's words."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from sandbox.shopify.calls import Row

SCHEMA = Path(__file__).parent / "schema"


class BadDocument(Exception):
    """The request is not executed; `errors` are the rows of the answer."""

    def __init__(self, errors: list[Row]) -> None:
        super().__init__(str(errors))
        self.errors = errors


@lru_cache(maxsize=4)
def schema_of(version: str) -> GraphQLSchema:
    """The served part of a version."""
    return build_schema((SCHEMA / f"{version}.graphql").read_text(encoding="utf-8"), assume_valid=True)


@lru_cache(maxsize=512)
def read(version: str, text: str) -> DocumentNode:
    """Parses and validates; raises BadDocument. Good documents are kept: clients send the same ones again."""
    try:
        document = parse(text)
    except GraphQLError as err:
        raise BadDocument(
            [_located(err, f"syntax error, {err.message.removeprefix('Syntax Error: ')}")]
        ) from err
    errors = validate(schema_of(version), document)
    if errors:
        raise BadDocument([_translated(err) for err in errors])
    return document


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name:
        found = [d for d in found if d.name and d.name.value == name]
    if len(found) != 1:
        text = f'No operation named "{name}"' if name else "An operation name is required"
        raise BadDocument([{"message": text}])
    return found[0]


def variables_of(version: str, operation: OperationDefinitionNode, given: Row) -> Row:
    """Variables as the schema wants them; raises BadDocument with code INVALID_VARIABLE."""
    values = get_variable_values(
        schema_of(version), list(operation.variable_definitions or ()), given, max_errors=20
    )
    if isinstance(values, dict):
        return values
    kinds = {d.variable.name.value: _text_of(d.type) for d in operation.variable_definitions or ()}
    raise BadDocument([_variable_error(err, kinds, given) for err in values])


def _text_of(node: Any) -> str:
    body = node.loc.source.body if node.loc else ""
    return str(body[node.loc.start : node.loc.end]) if node.loc else ""


def _variable_error(err: GraphQLError, kinds: dict[str, str], given: Row) -> Row:
    named = re.search(r"[Vv]ariable '\$(\w+)'", err.message)
    name = named[1] if named else ""
    at = re.search(r"at '(?:\w+)\.?([^']*)'", err.message)
    path = [p for p in re.split(r"[.\[\]]+", at[1]) if p] if at else []
    reason = err.message.partition("; ")[2] or err.message
    unknown = re.search(r"Field '(\w+)' is not defined by type '(\w+)'", reason)
    if unknown:
        path.append(unknown[1])
        reason = f"Field is not defined on {unknown[2]}"
    missing = re.search(r"Field '(\w+)' of required type", reason)
    if missing or "was not provided" in reason:
        path += [missing[1]] if missing else []
        reason = "Expected value to not be null"
    steps = [int(p) if p.isdigit() else p for p in path]
    where = f" for {'.'.join(map(str, steps))} ({reason})" if steps else ""
    return {
        **_located(err, f"Variable ${name} of type {kinds.get(name, '?')} was provided invalid value{where}"),
        "extensions": {
            "code": "INVALID_VARIABLE",
            "value": given.get(name),
            "problems": [{"path": steps, "explanation": reason}],
        },
    }


def _located(err: GraphQLError, message: str) -> Row:
    places = [{"line": place.line, "column": place.column} for place in err.locations or []]
    return {"message": message, "locations": places}


#: What the reference library says -> message and extensions as Shopify says it.
_WORDS: list[tuple[str, str, str, tuple[str, ...]]] = [
    (
        r"Cannot query field '(?P<fieldName>\w+)' on type '(?P<typeName>\w+)'",
        "Field '{fieldName}' doesn't exist on type '{typeName}'",
        "undefinedField",
        ("typeName", "fieldName"),
    ),
    (
        r"Unknown argument '(?P<argumentName>\w+)' on field '(?P<typeName>\w+)\.(?P<fieldName>\w+)'",
        "Field '{fieldName}' doesn't accept argument '{argumentName}'",
        "argumentNotAccepted",
        ("fieldName", "typeName", "argumentName"),
    ),
    (
        r"Field '(?P<fieldName>\w+)' argument '(?P<arguments>\w+)' of type '[^']+' is required",
        "Field '{fieldName}' is missing required arguments: {arguments}",
        "missingRequiredArguments",
        ("fieldName", "arguments"),
    ),
    (
        r"Field '(?P<fieldName>\w+)' of type '(?P<typeName>[^']+)' must have a selection",
        "Field must have selections (field '{fieldName}' returns {typeName} but has no selections. "
        "Did you mean '{fieldName} {{ ... }}'?)",
        "selectionMismatch",
        ("fieldName", "typeName"),
    ),
    (
        r"Variable '\$(?P<variableName>\w+)' of type '(?P<typeName>[^']+)' used in position",
        "Type mismatch on variable ${variableName} ({typeName})",
        "variableMismatch",
        ("variableName", "typeName"),
    ),
    (
        r"Variable '\$(?P<variableName>\w+)' is never used",
        "Variable ${variableName} is declared by the operation but not used",
        "variableNotUsed",
        ("variableName",),
    ),
    (
        r"Variable '\$(?P<variableName>\w+)' is not defined",
        "Variable ${variableName} is used but not declared",
        "variableNotDefined",
        ("variableName",),
    ),
    (
        r"Field '(?P<typeName>\w+)\.(?P<argumentName>\w+)' of required type",
        "Argument '{argumentName}' on InputObject '{typeName}' is required",
        "missingRequiredInputObjectAttribute",
        ("typeName", "argumentName"),
    ),
    (
        r"Field '(?P<argumentName>\w+)' is not defined by type '(?P<typeName>\w+)'",
        "InputObject '{typeName}' doesn't accept argument '{argumentName}'",
        "argumentNotAccepted",
        ("typeName", "argumentName"),
    ),
    (
        r"Unknown type '(?P<typeName>\w+)'",
        "{typeName} isn't a defined input type (or: No such type {typeName}, so it can't be a fragment condition)",
        "undefinedType",
        ("typeName",),
    ),
    (
        r"(Value|Enum|Expected|Int|String|Boolean|Float) ?.*",
        "Argument has an invalid value. {whole}",
        "argumentLiteralsIncompatible",
        (),
    ),
]


def _translated(err: GraphQLError) -> Row:
    for pattern, words, code, kept in _WORDS:
        found = re.match(pattern, err.message)
        if found:
            parts = found.groupdict()
            extensions: Row = {"code": code, **{name: parts[name] for name in kept}}
            return {
                **_located(err, words.format(whole=err.message, **parts)),
                "path": _path_of(err),
                "extensions": extensions,
            }
    return {**_located(err, err.message), "extensions": {"code": "invalid"}}


def _path_of(err: GraphQLError) -> list[str]:
    """Where in the document: the operation and the fields above, found from its text."""
    node = err.nodes[0] if err.nodes else None
    if node is None or node.loc is None:
        return []
    before = node.loc.source.body[: node.loc.start]
    before = re.sub(r"\([^()]*\)", "", re.sub(r'"[^"\n]*"|#[^\n]*', "", before))
    path: list[str] = []
    words: list[str] = []
    for token in re.findall(r"[A-Za-z_]\w*|[{}]", before):
        if token == "{":
            path.append(" ".join(words[-2:]) if not path and words else (words or ["query"])[-1])
            words = []
        elif token == "}":
            words = []
            if path:
                path.pop()
        else:
            words.append(token)
    name = getattr(getattr(node, "name", None), "value", "")
    return [*(p for p in path if p), *([name] if name else [])]
