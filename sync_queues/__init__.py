"""The three queues of changes that wait to go to a shop: quantities, prices, items."""
