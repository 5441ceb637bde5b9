"""What is asked of products and what is said about them."""

from __future__ import annotations

from platforms.shopify.bulk import BulkOperation
from platforms.shopify.documents import document

VARIANT_FIELDS = """
    id title sku barcode price compareAtPrice inventoryQuantity updatedAt taxable inventoryPolicy
    selectedOptions { name value }
    inventoryItem {
      id tracked requiresShipping countryCodeOfOrigin harmonizedSystemCode
      unitCost { amount }
      measurement { weight { value unit } }
    }
"""
_CATALOGUE = f"""
    id title handle status vendor productType updatedAt hasOnlyDefaultVariant
    metafield(namespace: "ecomsync", key: "sku") {{ value }}
    collections(first: 50) {{ nodes {{ id }} }}
    variants(first: 100) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {VARIANT_FIELDS} }} }}
"""
PRODUCTS_PAGE = document(
    f"""query ProductsPage($first: Int!, $after: String, $query: String) {{
  products(first: $first, after: $after, query: $query, sortKey: ID) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_CATALOGUE} }}
  }}
}}""",
    cost=400,
)
PRODUCT_COUNT = document(
    """query ProductCount {
  productsCount(limit: null) { count }
}""",
    cost=2,
)
#: The whole catalogue at once, for shops with many products. Connections of bulk operations have no pages.
BULK_CATALOGUE = BulkOperation(
    "EcomsyncCatalogue",
    f"""query NAME {{
  products {{
    edges {{
      node {{
        id title handle status vendor productType updatedAt hasOnlyDefaultVariant
        metafield(namespace: "ecomsync", key: "sku") {{ value }}
        collections {{ edges {{ node {{ id }} }} }}
        variants {{ edges {{ node {{ {VARIANT_FIELDS} }} }} }}
      }}
    }}
  }}
}}""",
)
PRODUCT_VARIANTS = document(
    f"""query VariantsOfProduct($id: ID!, $first: Int!, $after: String) {{
  product(id: $id) {{
    variants(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {VARIANT_FIELDS} }}
    }}
  }}
}}""",
    cost=100,
)
VARIANTS_BY_SKU = document(
    f"""query VariantsBySku($first: Int!, $after: String, $query: String) {{
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      {VARIANT_FIELDS}
      product {{ id title handle status vendor productType updatedAt hasOnlyDefaultVariant }}
    }}
  }}
}}""",
    cost=200,
)
PRODUCT_BY_HANDLE = document(
    """query ProductByHandle($handle: String!) {
  productByIdentifier(identifier: { handle: $handle }) { id }
}""",
    cost=2,
)
HANDLES_AT_ONCE = 20
#: Not by the search, whose index lags; a call with fewer handles repeats one.
PRODUCTS_BY_HANDLES = document(
    "query ProductsByHandles("
    + ", ".join(f"$h{n}: String!" for n in range(HANDLES_AT_ONCE))
    + ") {\n"
    + "".join(
        f"  h{n}: productByIdentifier(identifier: {{ handle: $h{n} }}) {{ id handle }}\n"
        for n in range(HANDLES_AT_ONCE)
    )
    + "}",
    cost=HANDLES_AT_ONCE,
)
PRODUCT_DETAILS = document(
    f"""query ProductDetails($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Product {{
      id title handle status vendor productType tags descriptionHtml templateSuffix updatedAt hasOnlyDefaultVariant
      seo {{ title description }}
      category {{ id }}
      options {{ id name position optionValues {{ id name }} }}
      collections(first: 50) {{ nodes {{ id }} }}
      media(first: 50) {{ nodes {{ id alt mediaContentType status }} }}
      resourcePublicationsV2(first: 20) {{ nodes {{ publication {{ id }} isPublished }} }}
      metafields(first: 50) {{ nodes {{ namespace key value type }} }}
      variants(first: 100) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {VARIANT_FIELDS} }} }}
    }}
  }}
}}""",
    cost=500,
)
_SET_ANSWER = """
    product {
      id handle
      media(first: 50) { nodes { id alt mediaContentType status } }
      variants(first: 250) {
        pageInfo { hasNextPage endCursor }
        nodes { id sku selectedOptions { name value } inventoryItem { id } media(first: 1) { nodes { id } } }
      }
    }
"""
SET_PRODUCT = document(
    f"""mutation SetProduct($identifier: ProductSetIdentifiers, $input: ProductSetInput!, $wait: Boolean!) {{
  productSet(identifier: $identifier, input: $input, synchronous: $wait) {{
    {_SET_ANSWER}
    productSetOperation {{ id status }}
    userErrors {{ field message code }}
  }}
}}""",
    cost=50,
)
#: One connection at most is what a bulk mutation may select, so pictures are read afterwards.
BULK_SET_PRODUCTS = BulkOperation(
    "EcomsyncProducts",
    """mutation NAME($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {
  productSet(identifier: $identifier, input: $input) {
    product {
      id handle
      variants(first: 250) {
        pageInfo { hasNextPage endCursor }
        nodes { id sku selectedOptions { name value } inventoryItem { id } }
      }
    }
    userErrors { field message code }
  }
}""",
)
PRODUCT_OPERATION = document(
    f"""query ProductOperation($id: ID!) {{
  productOperation(id: $id) {{
    status
    ... on ProductSetOperation {{ id userErrors {{ field message code }} }}
    {_SET_ANSWER}
  }}
}}""",
    cost=50,
)
PUBLISH = document(
    """mutation PublishProduct($id: ID!, $input: [PublicationInput!]!) {
  publishablePublish(id: $id, input: $input) { userErrors { field message } }
}""",
    cost=10,
)
UNPUBLISH = document(
    """mutation UnpublishProduct($id: ID!, $input: [PublicationInput!]!) {
  publishableUnpublish(id: $id, input: $input) { userErrors { field message } }
}""",
    cost=10,
)
SET_METAFIELDS = document(
    """mutation SetMetafields($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id }
    userErrors { field message code }
  }
}""",
    cost=11,
)
TRANSLATABLE = document(
    """query TranslatableTexts($ids: [ID!]!, $first: Int!, $locale: String!) {
  translatableResourcesByIds(resourceIds: $ids, first: $first) {
    nodes {
      resourceId
      translatableContent { key value digest locale }
      translations(locale: $locale) { key value outdated }
    }
  }
}""",
    cost=30,
)
TRANSLATE = document(
    """mutation RegisterTranslations($id: ID!, $translations: [TranslationInput!]!) {
  translationsRegister(resourceId: $id, translations: $translations) {
    translations { key locale }
    userErrors { field message code }
  }
}""",
    cost=11,
)
