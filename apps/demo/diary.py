"""When people do what: on working days, in office hours, minutes apart, and never twice at the same distance.

Chance draws lots by a fixed key, so that the same story is told each time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.core.clock import london
from apps.demo.story import FRIDAY, on_day, working_day

# A list is imported, sealed and accepted this long before the start, in the morning or on the day before.
LIST_READY = timedelta(minutes=100)
MORNING_ENOUGH = 10, 45
REVIEWED_AFTER_DAYS = range(2, 5)  # the promise to the public is five


@dataclass(frozen=True, slots=True)
class ListTimes:
    imported: datetime
    sealed: datetime
    accepted: datetime


class Diary:
    def __init__(self, key: str) -> None:
        self._chance = random.Random(key)

    def minutes(self, least: float, most: float) -> timedelta:
        """So many minutes, to the second."""
        return timedelta(seconds=round(60 * self._chance.uniform(least, most)))

    def share(self, least: float, most: float) -> float:
        return self._chance.uniform(least, most)

    def during(self, day: date, first: str, last: str) -> datetime:
        """Some time between two London times of that day."""
        begin, end = on_day(day, first), on_day(day, last)
        return begin + timedelta(seconds=round(self._chance.uniform(0, (end - begin).total_seconds())))

    def days(self, least: int, most: int) -> int:
        return self._chance.randint(least, most)

    def review_day(self, ended: datetime) -> date:
        """A working day on which the list is gone and the results are not yet due."""
        days = [london(ended).date() + timedelta(days=days) for days in REVIEWED_AFTER_DAYS]
        return self._chance.choice([day for day in days if day.weekday() <= FRIDAY])

    def list_times(self, start: datetime) -> ListTimes:
        """In office hours before `start`, at most 24 hours before it."""
        ready = london(start - LIST_READY)
        if (ready.hour, ready.minute) >= MORNING_ENOUGH:
            imported = self.during(ready.date(), "08:40", "09:15")
        else:
            imported = self.during(ready.date() - timedelta(days=1), "14:05", "15:00")
        sealed = imported + self.minutes(12, 28)
        return ListTimes(imported, sealed, sealed + self.minutes(17, 52))


def workdays_later(day: date, number: int) -> date:
    """The working day that is `number` working days after `day`."""
    for _ in range(number):
        day = working_day(day + timedelta(days=1), step=1)
    return day
