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
# Verbs whose object does what the infinitive says ("requires parties to develop plans").
OBJECT_CONTROL = _words(
    "require allow enable help force encourage ask urge oblige permit cause lead invite",
    "assist train teach mandate order instruct prompt let make",
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

EMPTY = _words(
    "one ones other others thing things way lot number many most some all more such much",
    "something anything nothing everyone someone people's same",
)
