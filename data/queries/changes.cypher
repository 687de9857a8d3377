// What is stated of which time, in order of time? Dates stand as they were written.
// The first 500 claims.
MATCH (claim:Claim {stated: true})
WHERE claim.time IS NOT NULL AND claim.time <> ''
WITH claim ORDER BY claim.time, claim.id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN claim.time AS time, s.name AS subject, claim.predicate AS predicate, o.name AS object,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY time, subject, predicate, object, source, page, quote
