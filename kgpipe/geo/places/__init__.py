"""Where entities lie, and which tiles show them."""
