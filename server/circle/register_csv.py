"""The register as CSV, for spreadsheets."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from server.circle.register import Register

COLUMNS = ("date", "minutes", "name", "role")

_FORMULA = re.compile(r'(^|[;,\t\r\n])(?=[\s"]*[=+\-@＝＋－＠\t\r\n])')
"""Where a spreadsheet may see the beginning of a formula; some take the wide signs as well."""


def as_csv(
    register: Register, columns: Sequence[str] = COLUMNS, roles: Mapping[str, str] | None = None
) -> str:
    """The register as CSV (RFC 4180), a line for each person in each session, dates in ISO 8601.

    `columns` and `roles` are the words for the four columns and for roles in the reader's language.
    Spreadsheets read it as UTF-8 if it is encoded as `utf-8-sig`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in register.rows:
        for person in row.people:
            role = (roles or {}).get(person.role, person.role)
            cells = (row.date.isoformat(), str(row.minutes), person.name, role)
            writer.writerow(map(_defused, cells))
    return text.getvalue()


def _defused(cell: str) -> str:
    """The cell as a text that no spreadsheet takes for a formula (CWE-1236).

    Also after a separator: with another one than ours, a spreadsheet splits the cell there.
    """
    return _FORMULA.sub(r"\1'", cell)
