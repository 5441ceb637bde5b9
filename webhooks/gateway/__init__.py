"""The gateway role: a public host keeps the events of shops until an inner installation has fetched them.

Two rooms: `views` and `keeping` are the gateway's own side, `webhooks.services.pull` is the inner one.
"""
