"""Times in the form of the evidence: `2026-06-09T12:00:00Z`."""
from __future__ import annotations

import calendar
import re
import time

_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")


def unix_seconds(text: str) -> int | None:
    """The time in Unix seconds; None for a text of another form, and for a time that does not exist."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if not 1 <= month <= 12 or not 1 <= day <= days[month - 1] or hour > 23 or minute > 59 or second > 59:
        return None
    # Python has no year 0. So move years before 1970 by a multiple of 400 years, after which the calendar repeats.
    shift = 400 if year < 1970 else 0
    while year + shift < 1970:
        shift += 400
    seconds = calendar.timegm((year + shift, month, day, hour, minute, second, 0, 0, 0))
    return seconds - shift // 400 * 146097 * 86400


def now() -> int:
    """The present time in Unix seconds."""
    return int(time.time())
