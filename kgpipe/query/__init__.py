"""Questions to the published graph."""
