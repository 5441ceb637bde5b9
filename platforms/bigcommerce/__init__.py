"""BigCommerce: V2 orders and V3 catalogue, stock, price lists and webhooks of the REST Management API."""
