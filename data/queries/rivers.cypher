// Which rivers are named, and what is stated about each?
// The first 200 rivers by name, and 500 claims about them at most.
MATCH (thing:Place)
// The words for a river in English, Spanish, Portuguese and French.
WHERE thing.name =~ '(?isu)(.* )?(rivers?|r[ií]os?|igarap[ée]|rivi[èe]re|fleuve)( .*)?'
WITH thing ORDER BY thing.name, thing.id LIMIT 200
MATCH (thing)<-[:SUBJECT|OBJECT]-(claim:Claim {stated: true})
WITH DISTINCT thing.name AS river, claim, claim.id AS id ORDER BY river, id LIMIT 500
MATCH (s:Entity)<-[:SUBJECT]-(claim)-[:OBJECT]->(o:Entity)
MATCH (claim)-[:SUPPORTED_BY]->(evidence:Evidence)-[:QUOTED_FROM]->(document:Document)
RETURN river, s.name AS subject, claim.predicate AS predicate, o.name AS object,
  evidence.quote AS quote, document.source AS source, evidence.page AS page
ORDER BY river, subject, predicate, object, source, page, quote
