"""The closed word classes that the extraction rules speak of.

Grammar, not domain: these lists stay when the domain changes (its words are data, see
`embedded_lexicon`).
"""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# ------------------------------------------------------------ noun phrases

STRIPPED = _words(
    "a an the this that these those its their his her our my your each every any some all",
    "both no not either neither such only even also own how what which whose when where why",
    "e.g. i.e.",
)
# Modifiers that tell no kind: with these alone a noun stays as vague as it is without.
VAGUE = _words(
    "certain various several many few more most main first second third last next single entire",
    "whole total same respective relevant applicable appropriate given particular new following",
    "corresponding",
)
# Modifiers that set apart: "another tool" is not the tool spoken of before or after.
CONTRASTIVE = _words(
    "another other similar different alternative no any each every",
)
MONTHS = _words(
    "january february march april may june july august september october november december",
)
# Units of time make a date of any phrase ("the last two decades").
TIME_NOUNS = MONTHS | _words(
    "year month week day night decade century hour minute today yesterday",
)
COMPLEMENT_PREPOSITIONS = _words(
    "from for to on with in between against into about",
)

# ------------------------------------------------------------ verb phrases

# "appears to pollute": the fact is the pollution, the verb only hedges it.
SEEMING = _words(
    "seem appear likely unlikely estimate believe think suspect report know say consider",
    "expect assume allege claim",
)
REPORTING = _words(
    "say report state claim note estimate find show suggest indicate argue conclude explain",
    "warn declare announce tell believe add write reveal confirm think allege observe stress",
    "insist calculate comment assert acknowledge admit recall describe read joke shout know",
)
# The open reading takes the list above; these too have a source and make no fact of their own.
TELLING = REPORTING | _words(
    "mention express emphasize emphasise highlight underline underscore caution contend remark",
    "complain lament reiterate posit assume predict forecast project foresee hypothesize",
)
# What these report holds ("the map shows that ..."), whoever it is that reports it.
FACTIVE = _words(
    "show find reveal confirm know explain acknowledge admit recall observe",
)
# Verbs whose object does what the infinitive says ("requires parties to develop plans").
OBJECT_CONTROL = _words(
    "require allow enable help force encourage ask urge oblige permit cause lead invite",
    "assist train teach mandate order instruct prompt let make",
)

# Without these adverbs a statement is another one: approximation, restriction, former states and
# negative prefixes. Adverbs of manner only colour it.
QUALIFYING_ADVERBS = _words(
    "almost nearly partly partially rarely seldom hardly barely scarcely formerly once previously",
    "temporarily illegally illicitly unlawfully illegitimately informally irregularly",
    "improperly inadequately insufficiently incorrectly incompletely indirectly unsuccessfully",
    "unofficially unintentionally involuntarily falsely wrongly",
)

# ------------------------------------------------------------ clauses

# Nouns that only lead to the thing meant: "is part of X" relates to X.
LINKING = _words(
    "part one member party home type form kind signatory",
)
# Nouns for the text and its parts; what it says of itself is no fact of the domain.
METADISCOURSE = _words(
    "document note wording text remark footnote caption section chapter page sample annotation",
)
# What a text gives; only where it comes from or how it is given is no fact.
GIVEN = _words(
    "figure table amount number value",
)
DISCOURSE = _words(
    "example addition instance fact contrast particular order general turn case term way part",
    "moment meantime course result basis end beginning hand time least view account own same",
    "response respect regard line light writing",
)
DISCOURSE_PREPOSITIONS = _words(
    "according like such than despite besides unlike of but except without including",
    "instead regarding",
)
# After an object only these prepositions tell something about the subject's doing.
OBJECT_PREPOSITIONS = _words(
    "into to from with for as through against by onto among",
)
PREPOSITION_NOUNS = _words(
    "charge front need favour favor danger possession hands behalf search support excess line",
    "response addition contact accordance compliance cooperation collaboration partnership",
    "honor honour memory spite lieu relation terms conjunction connection",
)
DATE_PREPOSITIONS = _words(
    "in on since until by before after during",
)
PLACE_PREPOSITIONS = _words(
    "in at near within across throughout along on inside",
)

# ------------------------------------------------------------ qualifiers

MODALS = _words(
    "may might could would should",
)
HEDGING_ADVERBS = _words(
    "possibly probably perhaps likely reportedly allegedly potentially apparently presumably",
    "supposedly maybe",
)
TIME_PREPOSITIONS = _words(
    "since until till before after by between from",
)

# ------------------------------------------------------------ what says nothing

# Nouns that only point at what their complement or an earlier sentence tells.
POINTERS = _words(
    "fact amount quantity extent manner form nature degree sort kind type way case respect basis",
    "purpose aim means instance event occasion context matter circumstance aspect item",
    "subsection paragraph subparagraph section clause sentence article remainder rest balance",
    "majority minority bulk portion subset series term date period following foregoing above",
    "thing presence lack absence existence therefor thereof thereto pursuant example turn order",
)

EMPTY = _words(
    "one ones other others thing things way lot number many most some all more such much",
    "something anything nothing everyone someone people's same",
)
