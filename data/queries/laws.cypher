// Which laws and conventions are named, and what is stated about each?
// The first 200 laws by name, and 500 claims about them at most.
MATCH (thing:Law)
WITH thing ORDER BY thing.name, thing.id LIMIT 200
MATCH (thing)<-[:SUBJECT|OBJECT]-(claim:Claim {stated: true})
WITH DISTINCT thing.name AS law, claim, claim.id AS id ORDER BY law, id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN law, s.name AS subject, claim.predicate AS predicate, o.name AS object,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY law, subject, predicate, object, source, page, quote
