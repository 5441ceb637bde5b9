"""Executes a checked document over plain rows, and counts its cost on the way.

The reference library reads and checks documents; running them is done here because the cost of an answer has to be
counted along with it, and because orders by the thousand would take it seconds.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values
from graphql.utilities import value_from_ast_untyped

from sandbox.shopify.calls import RESOLVERS, SCOPES, Call, FieldError, Resolver, Row

MUTATION_COST = 10
HIDDEN_ID = "\0id"  # in bulk runs every object tells its id, asked for or not


def rows_cost(count: int, each: float) -> float:
    """Cost of a connection of so many rows: fitted to the three measured pairs of the fact sheet."""
    return 2 + (math.floor(2 * math.log(count)) if count > 1 else 0) * each


def set_cost(given: Row) -> float:
    """What productSet costs beside its answer."""
    variants = given.get("variants") or []
    metafields = len(given.get("metafields") or []) + sum(len(v.get("metafields") or []) for v in variants)
    pictures = sum(1 for v in variants if v.get("file"))
    return 0.2 * len(variants) + 0.4 * metafields + 1.9 * len(given.get("files") or []) + 0.6 * pictures


class _Nulled(Exception):
    """A value that must not be null was: the field above becomes null."""


@dataclass(slots=True)
class FieldPlan:
    key: str
    name: str
    owner: str
    args: Row
    resolve: Resolver | None
    scope: str
    leaf: bool
    non_null: bool
    lists: tuple[bool, ...]  # for each list around the type: whether its items must not be null
    kind: Any
    selections: list[SelectionSetNode]
    idempotent: str | None = None
    plans: dict[str, "list[FieldPlan]"] = field(default_factory=dict)
    connection: bool = False


class Run:
    """One execution; `errors` collects what went wrong in fields."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, call: Call) -> None:
        self.schema = schema
        self.call = call
        self.errors: list[Row] = []
        self.fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }

    # Plans.

    def plan(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> list[FieldPlan]:
        found: dict[str, list[FieldNode]] = {}
        for one in sets:
            self._collect(kind, one, found)
        plans = [self._field_plan(kind, key, nodes) for key, nodes in found.items()]
        if self.call.in_bulk and "id" in kind.fields:
            plans.append(FieldPlan(HIDDEN_ID, "id", kind.name, {}, None, "", True, False, (), None, []))
        return plans

    def _collect(
        self, kind: GraphQLObjectType, one: SelectionSetNode, found: dict[str, list[FieldNode]]
    ) -> None:
        for node in one.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition: Any = node.type_condition  # the library types it as always there; it is not
                if condition is None or self._fits(kind, condition.name.value):
                    self._collect(kind, node.selection_set, found)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if self._fits(kind, fragment.type_condition.name.value):
                    self._collect(kind, fragment.selection_set, found)

    def _fits(self, kind: GraphQLObjectType, name: str) -> bool:
        if kind.name == name:
            return True
        other = self.schema.get_type(name)
        if isinstance(other, (GraphQLInterfaceType, GraphQLUnionType)):
            return self.schema.is_sub_type(other, kind)
        return False

    def _included(self, directives: Iterable[DirectiveNode]) -> bool:
        for node in directives:
            if node.name.value in ("skip", "include"):
                value = value_from_ast_untyped(node.arguments[0].value, self.call.variables)
                if bool(value) == (node.name.value == "skip"):
                    return False
        return True

    def _field_plan(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldPlan:
        node = nodes[0]
        name = node.name.value
        if name == "__typename":
            typename = kind.name
            return FieldPlan(key, name, kind.name, {}, lambda *_: typename, "", True, True, (), None, [])
        definition = kind.fields[name]
        args = get_argument_values(definition, node, self.call.variables)
        shape: Any = definition.type
        non_null = isinstance(shape, GraphQLNonNull)
        shape = shape.of_type if non_null else shape
        lists: list[bool] = []
        while isinstance(shape, GraphQLList):
            shape = shape.of_type
            lists.append(isinstance(shape, GraphQLNonNull))
            shape = shape.of_type if lists[-1] else shape
        composite = isinstance(shape, (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType))
        path = f"{kind.name}.{name}"
        plan = FieldPlan(
            key,
            name,
            kind.name,
            args,
            RESOLVERS.get(path),
            SCOPES.get(path, ""),
            not composite,
            non_null,
            tuple(lists),
            shape,
            [n.selection_set for n in nodes if n.selection_set],
            self._key_of(node),
        )
        plan.connection = composite and shape.name.endswith("Connection")
        if plan.connection and self.call.in_bulk:
            args["first"] = args.get("first") or 10**9
        elif plan.connection and args.get("first") is None and args.get("last") is None:
            raise FieldError("you must provide one of first or last", "BAD_REQUEST")
        elif plan.connection and max(args.get("first") or 0, args.get("last") or 0) > 250:
            raise FieldError("first and last must be at most 250", "INVALID_FIELD_ARGUMENTS")
        if isinstance(shape, GraphQLObjectType):
            plan.plans[shape.name] = self.plan(shape, plan.selections)
        elif composite:
            for member in self.schema.get_possible_types(shape):
                plan.plans[member.name] = self.plan(member, plan.selections)
        return plan

    def _key_of(self, node: FieldNode) -> str | None:
        for directive in node.directives:
            if directive.name.value == "idempotent":
                value = value_from_ast_untyped(directive.arguments[0].value, self.call.variables)
                return None if value is None else str(value)
        return None

    # Cost before running.

    def requested(self, plans: list[FieldPlan]) -> float:
        return sum(self._requested(plan) for plan in plans)

    def _requested(self, plan: FieldPlan) -> float:
        if plan.leaf:
            return 0
        if plan.owner == "Mutation":
            extra = set_cost(plan.args.get("input") or {}) if plan.name == "productSet" else 0
            return MUTATION_COST + extra + sum(self.requested(p) for p in plan.plans.values())
        inner = max((self.requested(p) for p in plan.plans.values()), default=0)
        if plan.connection:
            size = plan.args.get("first") or plan.args.get("last") or 0
            (fields,) = plan.plans.values()
            each = sum(self._requested(p) for p in fields if p.name in ("nodes", "edges"))
            return rows_cost(size, max(1, each))
        if plan.name == "pageInfo" or (plan.owner.endswith("Edge") and plan.name != "node"):
            return 0
        if plan.owner.endswith("Connection") and plan.name == "edges":
            return inner
        return 1 + inner

    def cost_rows(self, plans: list[FieldPlan], path: tuple[str, ...] = ()) -> list[Row]:
        """What each field was reckoned with: `Shopify-GraphQL-Cost-Debug: 1` asks for it."""
        rows: list[Row] = []
        for plan in plans:
            if plan.leaf:
                continue
            here = (*path, plan.key)
            total = self._requested(plan)
            inner = max((self.requested(p) for p in plan.plans.values()), default=0)
            rows.append(
                {
                    "path": list(here),
                    "definedCost": None if plan.connection else 1,
                    "requestedTotalCost": math.ceil(total),
                    "requestedChildrenCost": math.ceil(inner),
                }
            )
            for inside in plan.plans.values():
                rows += self.cost_rows(inside, here)
        return rows

    # Running.

    def run(self, plans: list[FieldPlan]) -> tuple[Row | None, float]:
        try:
            data, cost = self._selection(plans, {}, [])
        except _Nulled:
            return None, 0
        return data, cost

    def _selection(self, plans: list[FieldPlan], row: Row, path: list[Any]) -> tuple[Row, float]:
        out: Row = {}
        cost = 0.0
        for plan in plans:
            if plan.leaf and plan.resolve is None and not plan.lists:
                value = row.get(plan.name)
                if value is None and plan.non_null:
                    self._missing(plan, [*path, plan.key])
                out[plan.key] = str(value) if isinstance(value, Decimal) else value
                continue
            out[plan.key], spent = self._field(plan, row, [*path, plan.key])
            cost += spent
        return out, cost

    def _field(self, plan: FieldPlan, row: Row, path: list[Any]) -> tuple[Any, float]:
        base = float(MUTATION_COST) if plan.owner == "Mutation" else 0.0
        if plan.name == "productSet" and base:
            base += set_cost(plan.args.get("input") or {})
        try:
            if plan.scope and plan.scope not in self.call.scopes:
                raise self._denied(plan)
            if plan.idempotent is not None:
                self.call.idempotency_key = plan.idempotent
            value = plan.resolve(self.call, row, plan.args) if plan.resolve else row.get(plan.name)
        except FieldError as err:
            self.errors.append(
                {
                    "message": err.message,
                    "locations": [],
                    "extensions": err.extensions,
                    "path": path,
                }
            )
            if plan.non_null:
                raise _Nulled from err
            return None, base
        if plan.owner == "Mutation":
            self.call.idempotency_key = None
        if value is None and plan.non_null and plan.lists and plan.name.endswith("rrors"):
            value = []
        if value is None:
            if plan.non_null:
                self._missing(plan, path)
            return None, base
        try:
            shown, cost = self._complete(plan, plan.lists, value, path)
        except _Nulled:
            if plan.non_null:
                raise
            return None, base
        return shown, cost + base

    def _complete(
        self, plan: FieldPlan, lists: tuple[bool, ...], value: Any, path: list[Any]
    ) -> tuple[Any, float]:
        if lists:
            return self._list(plan, lists, value, path)
        if plan.leaf:
            return (str(value) if isinstance(value, Decimal) else value), 0
        fields = self._fields_of(plan, value)
        shown, cost = self._selection(fields, value, path)
        if plan.connection:
            count = len(value["nodes"])
            each = cost / count if count else 0
            return shown, rows_cost(count, each)
        if (
            plan.name == "pageInfo"
            or (plan.owner.endswith("Edge") and plan.name != "node")
            or plan.name == "edges"
        ):
            return shown, cost
        if plan.owner == "Mutation":
            return shown, cost
        return shown, cost + 1

    def _list(
        self, plan: FieldPlan, lists: tuple[bool, ...], value: Any, path: list[Any]
    ) -> tuple[Any, float]:
        if plan.leaf and len(lists) == 1:
            return [str(v) if isinstance(v, Decimal) else v for v in value], 0
        out: list[Any] = []
        most, total = 0.0, 0.0
        for index, item in enumerate(value):
            if item is None:
                if lists[0]:
                    self._missing(plan, [*path, index])
                out.append(None)
                continue
            try:
                shown, cost = self._complete(plan, lists[1:], item, [*path, index])
            except _Nulled:
                if lists[0]:
                    raise
                shown, cost = None, 0.0
            out.append(shown)
            total += cost
            most = max(most, cost)
        rows = plan.owner.endswith("Connection") and plan.name in ("nodes", "edges")
        return out, total if rows else most

    def _fields_of(self, plan: FieldPlan, value: Row) -> list[FieldPlan]:
        if len(plan.plans) == 1 and isinstance(plan.kind, GraphQLObjectType):
            return plan.plans[plan.kind.name]
        return plan.plans[type_of(value)]

    def _missing(self, plan: FieldPlan, path: list[Any]) -> None:
        self.errors.append(
            {
                "message": f"Cannot return null for non-nullable field {plan.owner}.{plan.name}",
                "path": path,
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }
        )
        raise _Nulled

    def _denied(self, plan: FieldPlan) -> FieldError:
        return FieldError(
            f"Access denied for {plan.name} field. Required access: `{plan.scope}` access scope.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess=f"`{plan.scope}` access scope.",
        )


def type_of(row: Row) -> str:
    """The type of a row: what it says, or what its GID says."""
    named = row.get("__typename")
    return str(named) if named else str(row["id"]).split("/")[3]


Executor = Callable[[Call, str, Row], Row]
