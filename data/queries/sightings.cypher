// Which satellite tiles show which places, where and when?
// The 500 most probable links.
MATCH (thing:Entity)-[link:DEPICTED_IN]->(image:Tile)
WITH thing, link, image ORDER BY link.probability DESC, thing.name, image.id LIMIT 500
RETURN thing.name AS entity, link.place AS place, image.id AS tile,
  link.probability AS probability, image.lon AS lon, image.lat AS lat, image.start AS start,
  image.source AS source
ORDER BY probability DESC, entity, tile
