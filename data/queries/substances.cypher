// Which substances are named, how often, and in how many documents?
MATCH (thing:Substance)<-[:SUBJECT|OBJECT]-(claim:Claim {stated: true})
MATCH (claim)-[:SUPPORTED_BY]->(:Evidence)-[:QUOTED_FROM]->(document:Document)
WITH thing, count(DISTINCT claim) AS facts, count(DISTINCT document) AS documents
RETURN thing.name AS substance, facts, documents
ORDER BY facts DESC, substance
