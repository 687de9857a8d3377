"""Words that tell what kind of proper name a name is; singular, without accents."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before a name, these say who someone is and are no part of it.
TITLES = _words("""
    captain chancellor colonel count dame doctor don dona dr duke emperor empress general
    governor judge justice king lady lord minister ministro miss mr mrs ms pope president
    presidente prince princess prof professor queen senator senor senora sir
""")
# After a name, these tell one bearer from another.
GENERATIONS = _words("ii iii iv jr junior senior sr")
# Words that make another thing of the rest: New Mexico is not Mexico. Compass words do too.
OTHERS = _words("""
    anglo anti big democratic ex first former great greater lesser little native new nova novo
    nueva nuevo old pan people post pre san santa sao second super third young
""")
# Alone these name no one thing: "the Company" is another one in each text.
HEADS = _words("""
    academy act agency agreement airfield airport alliance army association authority bank
    base basin battle bay board bridge bureau camp canal cape castle center centre
    championship church city club coast code college commission committee company conference
    congress convention corporation council country county court cup day department desert
    development district division empire engine federation festival film force forest
    foundation fund game government group gulf high hill holding hospital house industry
    initiative institute institution international island kingdom lake law league library
    market mine mining ministry mountain movement museum nation national network ocean office
    olympic organisation organization palace park parliament party peninsula plan police port
    program programme project protocol province railway region republic review river road
    school sea secretariat senate series service society star state station street system team
    territory times tower town treaty union university valley village war watch world
""")
# What a company's name ends with in full; "Hyundai" is the Hyundai Motor Company.
COMPANY = _words("""
    ag co company corp corporation enterprise group holding inc incorporated industry
    international limited llc ltd motor plc sa
""")
# What else a name of several words may end with in full: "New York City".
COMPLETIONS = COMPANY | _words("association city foundation institute university")
# What a built or drawn place is called in full: Westmoreland is Westmoreland County. A river or a
# ministry is not what its first word names.
DESIGNATIONS = _words("""
    airfield airport base bridge camp castle city county museum park school town university village
""")
# "Republic of Karelia" is Karelia.
STATES = _words("commonwealth federation kingdom principality republic state sultanate")
# Before those: "Federal Republic of Germany".
OF_STATES = _words("bolivarian federal federative islamic plurinational socialist")
# Names that two states share, so that "Republic of" tells which.
SHARED_NAMES = _words("china congo guiana guinea ireland korea macedonia mexico")
