// Which tiles meet the outline of the place that they show?
// Of the 500 most probable links.
MATCH (thing:Entity)-[link:DEPICTED_IN]->(image:Tile)
WITH thing, link, image ORDER BY link.probability DESC, thing.name, image.id LIMIT 500
WITH thing, link, image WHERE link.containment > 0
RETURN thing.name AS entity, link.place AS place, image.id AS tile,
  link.probability AS probability
ORDER BY probability DESC, entity, tile
