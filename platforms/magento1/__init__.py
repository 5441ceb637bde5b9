"""Magento 1 and OpenMage: the core API by XML-RPC, and by SOAP v2 where a host blocks XML-RPC."""
