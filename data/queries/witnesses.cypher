// Which approved facts do two or more documents state?
// The 500 that most documents state.
MATCH (claim:Claim {stated: true})
WHERE claim.documents >= 2
WITH claim ORDER BY claim.documents DESC, claim.id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
RETURN s.name AS subject, claim.predicate AS predicate, o.name AS object,
  claim.documents AS documents
ORDER BY documents DESC, subject, predicate, object
