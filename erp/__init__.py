"""The embedded ERP: master data, stock ledger, prices and sales documents; imports only `ecomsync.common`."""
