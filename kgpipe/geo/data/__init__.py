"""Tiles from every source they come in, split by place only; and synthetic ones."""
