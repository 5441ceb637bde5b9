"""Shop orders and returns, the ERP documents made from them, and what goes back to the shop."""
