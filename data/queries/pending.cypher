// Which claims wait for an expert, those without a verdict and the most doubtful first?
// The first 500 of them.
MATCH (claim:Claim {gate: 'pending'})
WITH claim, coalesce(abs(claim.probability - 0.5), -1.0) AS certainty
ORDER BY certainty, claim.id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
WITH claim, s, o, certainty ORDER BY certainty, s.name, claim.predicate, o.name
RETURN s.name AS subject, claim.predicate AS predicate, o.name AS object,
  CASE WHEN claim.negated THEN true END AS negated,
  claim.verdict AS verdict, claim.probability AS probability
