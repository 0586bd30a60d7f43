"""What a force may add to its notices in its own words: plain text that leaves the fixed promises standing.

A closed list of patterns, not a reader: it stops sentences that were meant well. Whoever means to mislead is
a matter for the audit, which has every version with its author.
"""

from __future__ import annotations

import re

MOST_PARAGRAPHS = 5
LONGEST_PARAGRAPH = 600
MARKUP = re.compile(r"[<>{}\x00-\x08\x0b-\x1f]|\bjavascript:", re.IGNORECASE)
# (what the sentence would contradict, pattern). The promises are those of the seed document and domain.md §3.
CONTRADICTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "The notice states how long data is kept, from the settings. Leave times of keeping or deleting out",
        re.compile(
            r"\b(kept|keep|keeps|stored?|retain(ed|s)?|deleted?|destroyed)\b[^.]*"
            r"\b(second|minute|hour|day|week|month|year)s?\b"
            r"|\b(never|not) (be )?(deleted|destroyed)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "People may avoid the area, and that is no ground for a stop. Do not say otherwise",
        re.compile(
            r"\b(may|must|can|should|do)\s*(not|n.t)\s+(avoid|turn|go another|cover)"
            r"|\bcannot (avoid|turn|go another|cover)"
            r"|\bavoid\w*[^.]*\b(suspicio\w*|stopp?ed|stop|searched|offence)\b"
            r"|\bfor(bidden|bids?) to avoid",
            re.IGNORECASE,
        ),
    ),
    (
        "An alert gives no power to demand identification. Do not say that anybody must identify themselves",
        re.compile(
            r"\b(must|have to|has to|required to|obliged to)\b[^.]*"
            r"\b(identif\w*|name|names|documents?|pass the|be scanned|take part)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "No notice claims that the system is free of error or of bias. Leave that out",
        re.compile(
            r"\b(no|without|free (of|from)|zero)\s+(any\s+)?(bias|discrimination|errors?|mistakes?)\b"
            r"|\b(unbiased|infallible|error-free|always (right|correct|accurate)|never (wrong|mistaken))\b"
            r"|\b(100|hundred)\s?(%|per ?cent)",
            re.IGNORECASE,
        ),
    ),
    (
        "An officer always decides. Do not say that anything happens to a person automatically",
        re.compile(
            r"\b(automatic(ally)?)\b[^.]*\b(stop\w*|arrest\w*|identif\w*|engag\w*)\b"
            r"|\b(stop\w*|arrest\w*)\b[^.]*\bautomatic(ally)?\b",
            re.IGNORECASE,
        ),
    ),
    (
        "There is no permanent or general list, and nothing of the past is searched. Do not say otherwise",
        re.compile(
            r"\b(permanent|general|national|standing)\s+(list|watchlist|database)\b(?![^.]*\bno\b)", re.I
        ),
    ),
)
# "There is no permanent list" repeats a promise and contradicts nothing.
REPEATS = re.compile(r"\b(no|not an?|never an?)\s+(permanent|general|national|standing)\b", re.IGNORECASE)


def problems(paragraphs: list[str]) -> list[str]:
    """Why these paragraphs cannot stand on a notice; empty when they can."""
    found = []
    if len(paragraphs) > MOST_PARAGRAPHS:
        found.append(f"Write at most {MOST_PARAGRAPHS} paragraphs.")
    for number, text in enumerate(paragraphs, start=1):
        where = f"Paragraph {number}"
        if len(text) > LONGEST_PARAGRAPH:
            found.append(f"{where} is {len(text)} characters long. Shorten it to {LONGEST_PARAGRAPH}.")
        if MARKUP.search(text):
            found.append(f"{where}: write plain text, without < > {{ }} and without code.")
        plain = REPEATS.sub("", text)
        found += [f"{where}: {words}." for words, pattern in CONTRADICTIONS if pattern.search(plain)]
    return found
