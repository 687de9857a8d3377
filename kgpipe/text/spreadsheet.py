"""Keeps a spreadsheet from running what a document says: CSV cells that look like formulas."""

import re

# Excel and LibreOffice start a formula at these signs, also after a leading apostrophe was eaten.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
# A text that begins otherwise need not be looked at further.
FORMULA_SIGNS = frozenset("'=+-@\t\r\n")


def guard_cell(value: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run (OWASP, CSV injection)."""
    return f"'{value}" if value[:1] in FORMULA_SIGNS and _FORMULA.match(value) else value


def unguard_cell(value: str) -> str:
    """Undo `guard_cell`; texts that it left alone stay as they are."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value
