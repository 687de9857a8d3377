"""Tiles by words, a point, another tile or an entity; as rows, GeoJSON or a picture."""
