"""One model of tiles, points, texts and locations: its parts, its losses, what it leaves."""
