// Which amounts are stated, of what, when and where?
// The 500 largest numbers.
MATCH (claim:Claim {stated: true})
WHERE claim.quantity IS NOT NULL
WITH claim ORDER BY claim.quantity DESC, claim.id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN s.name AS subject, claim.predicate AS predicate, o.name AS object,
  claim.quantity AS value, claim.unit AS unit, claim.time AS time, claim.place AS place,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY subject, predicate, object, value, source, page, quote
