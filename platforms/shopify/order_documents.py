"""What is asked of orders: one text of fields for lists and single orders, so that both map alike.

`shopMoney` everywhere; the presentment currency is read of the total alone. Lines and refund lines beyond the first page
are read by documents of their own.
"""

from __future__ import annotations

from platforms.shopify.documents import Document, document

LINES_AT_ONCE = 100
REFUNDS_AT_ONCE = 50

_MONEY = "{ shopMoney { amount } }"
_ADDRESS = (
    "{ firstName lastName company address1 address2 zip city province provinceCode countryCodeV2 phone }"
)
_TAXES = f"taxLines {{ title rate priceSet {_MONEY} }}"
_ALLOCATIONS = f"discountAllocations {{ allocatedAmountSet {_MONEY} discountApplication {{ index }} }}"

LINE_FIELDS = f"""
    id sku name title variantTitle quantity currentQuantity isGiftCard
    originalUnitPriceSet {_MONEY}
    {_ALLOCATIONS}
    {_TAXES}
    product {{ id }} variant {{ id }}
    customAttributes {{ key value }}
"""
REFUND_LINE_FIELDS = f"""
    id quantity restockType subtotalSet {_MONEY} totalTaxSet {_MONEY}
    lineItem {{ id sku name product {{ id }} variant {{ id }} }}
"""
REFUND_FIELDS = f"""
    id createdAt note totalRefundedSet {_MONEY}
    refundLineItems(first: 50) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {REFUND_LINE_FIELDS} }} }}
    refundShippingLines(first: 10) {{
      nodes {{ id subtotalAmountSet {_MONEY} taxAmountSet {_MONEY} shippingLine {{ id title code }} }}
    }}
    orderAdjustments(first: 10) {{ nodes {{ id reason amountSet {_MONEY} taxAmountSet {_MONEY} }} }}
    transactions(first: 10) {{ nodes {{ id kind status gateway formattedGateway processedAt amountSet {_MONEY} }} }}
"""
_HEADER = f"""
    id name createdAt updatedAt cancelledAt cancelReason closed edited test note tags poNumber sourceName
    customAttributes {{ key value }}
    currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded paymentGatewayNames
    displayFinancialStatus displayFulfillmentStatus returnStatus
    totalPriceSet {{ shopMoney {{ amount }} presentmentMoney {{ amount }} }}
    currentTotalPriceSet {_MONEY}
    totalTaxSet {_MONEY}
    currentTotalTaxSet {_MONEY}
    totalRefundedSet {_MONEY}
    totalTipReceivedSet {_MONEY}
    originalTotalDutiesSet {_MONEY}
    currentTotalDutiesSet {_MONEY}
    additionalFees {{ id name price {_MONEY} {_TAXES} }}
    retailLocation {{ id }}
    discountApplications(first: 20) {{
      nodes {{
        __typename index targetType
        ... on DiscountCodeApplication {{ code }}
        ... on AutomaticDiscountApplication {{ title }}
        ... on ManualDiscountApplication {{ title description }}
        ... on ScriptDiscountApplication {{ title }}
      }}
    }}
    shippingLines(first: 10) {{
      nodes {{ id title code source carrierIdentifier discountedPriceSet {_MONEY} {_TAXES} }}
    }}
    transactions {{
      id kind status gateway formattedGateway paymentId processedAt amountSet {_MONEY} parentTransaction {{ id }}
    }}
    lineItems(first: {LINES_AT_ONCE}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {LINE_FIELDS} }}
    }}
    refunds(first: {REFUNDS_AT_ONCE}) {{ {REFUND_FIELDS} }}
    fulfillments(first: 20) {{
      id status createdAt location {{ id }} trackingInfo(first: 10) {{ company number url }}
      fulfillmentLineItems(first: 50) {{ nodes {{ id quantity lineItem {{ id }} }} }}
    }}
"""
_BUYER = f"""
    email phone customerLocale
    billingAddress {_ADDRESS}
    shippingAddress {_ADDRESS}
    customer {{
      id firstName lastName locale
      defaultEmailAddress {{ emailAddress }}
      defaultPhoneNumber {{ phoneNumber }}
    }}
"""
_COMPANY = """
    purchasingEntity {
      __typename
      ... on PurchasingCompany {
        company { id name externalId }
        location { id name externalId taxSettings { taxRegistrationId } }
      }
    }
"""
#: What most orders are told whole by, at a cost that lets 250 of them onto one page. The few that have more to tell
#: (edits, refunds, companies, partial shipments, many lines, tips, duties) are read again by their ids.
_SUMMARY = f"""
    id name createdAt updatedAt cancelledAt cancelReason closed edited test note tags poNumber sourceName
    customAttributes {{ key value }}
    currencyCode presentmentCurrencyCode taxesIncluded dutiesIncluded paymentGatewayNames
    displayFinancialStatus displayFulfillmentStatus returnStatus
    totalPriceSet {{ shopMoney {{ amount }} presentmentMoney {{ amount }} }}
    currentTotalPriceSet {_MONEY}
    totalTaxSet {_MONEY}
    retailLocation {{ id }}
    discountApplications(first: 3) {{
      pageInfo {{ hasNextPage }}
      nodes {{
        __typename index targetType
        ... on DiscountCodeApplication {{ code }}
        ... on AutomaticDiscountApplication {{ title }}
        ... on ManualDiscountApplication {{ title description }}
        ... on ScriptDiscountApplication {{ title }}
      }}
    }}
    shippingLines(first: 2) {{
      pageInfo {{ hasNextPage }}
      nodes {{ id title code source carrierIdentifier discountedPriceSet {_MONEY} {_TAXES} }}
    }}
    transactions {{
      id kind status gateway formattedGateway paymentId processedAt amountSet {_MONEY} parentTransaction {{ id }}
    }}
    lineItems(first: 10) {{
      pageInfo {{ hasNextPage }}
      nodes {{ {LINE_FIELDS} }}
    }}
    refunds(first: 1) {{ id }}
    fulfillments(first: 5) {{ id status createdAt location {{ id }} trackingInfo(first: 10) {{ company number url }} }}
"""
_FULL = {True: _HEADER + _BUYER + _COMPANY, False: _HEADER}
_SHORT = {True: _SUMMARY + _BUYER + "purchasingEntity { __typename }", False: _SUMMARY}
_SUFFIX = {True: "", False: "WithoutPeople"}


def _page(people: bool) -> Document:
    return document(
        f"""query OrdersPage{_SUFFIX[people]}($first: Int!, $after: String, $query: String, $sort: OrderSortKeys!) {{
  orders(first: $first, after: $after, query: $query, sortKey: $sort) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_SHORT[people]} }}
  }}
}}""",
        cost=995,
    )


def _by_id(people: bool) -> Document:
    return document(
        f"""query OrdersById{_SUFFIX[people]}($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on Order {{ {_FULL[people]} }} }}
}}""",
        cost=500,
    )


#: with and without the buyers' data
ORDERS_PAGE = {people: _page(people) for people in (True, False)}
ORDERS_BY_ID = {people: _by_id(people) for people in (True, False)}

ORDER_LINES = document(
    f"""query OrderLines($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{
    lineItems(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {LINE_FIELDS} }}
    }}
  }}
}}""",
    cost=100,
)
REFUND_LINES = document(
    f"""query RefundLines($id: ID!, $first: Int!, $after: String) {{
  refund(id: $id) {{
    refundLineItems(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {REFUND_LINE_FIELDS} }}
    }}
  }}
}}""",
    cost=100,
)
