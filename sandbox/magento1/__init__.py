"""A Magento 1 / OpenMage shop (XML-RPC and SOAP v2 of the core API) written from its fact sheet."""

from sandbox.magento1.shop import DEMO_KEY, DEMO_USER, Magento1Shop

__all__ = ["DEMO_KEY", "DEMO_USER", "Magento1Shop"]
