"""Template filters of the ERP."""
