// Which facts are approved, and where does each stand word for word?
// Those that the first 25 documents state, 500 at most: write SKIP 25 LIMIT 25 for the next.
MATCH (named:Document)
WITH named ORDER BY named.source LIMIT 25
MATCH (named)<-[:QUOTED_FROM]-(:Evidence)<-[:SUPPORTED_BY]-(claim:Claim {stated: true})
WITH DISTINCT claim, claim.id AS id ORDER BY id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN s.name AS subject, claim.predicate AS predicate, o.name AS object,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY subject, predicate, object, source, page, quote
