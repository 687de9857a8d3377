// Who exports what, or to whom?
// 500 claims at most.
MATCH (claim:Claim {stated: true})
// "exports to", "exported", "exporta a", "exporte vers"
WHERE toLower(claim.predicate) CONTAINS 'export'
WITH claim ORDER BY claim.id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN s.name AS subject, claim.predicate AS predicate, o.name AS object,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY subject, predicate, object, source, page, quote
