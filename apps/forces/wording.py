"""What a force may add to its notices in its own words: plain text that leaves the fixed promises standing.

A closed list of patterns, not a reader: it stops sentences that were meant well. Whoever means to mislead is
a matter for the audit, which has every version with its author.
"""

from __future__ import annotations

import re

from apps.core.text import folded, mixes_scripts, unseen_in_prose
from apps.forces.policies import is_web_address

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
            r"\b(may|must|can|should|do|shall|need)\s*(not|n.t)\s+(avoid|turn|go another|cover)"
            r"|\bcannot (avoid|turn|go another|cover)"
            r"|\bavoid\w*[^.]*\b(suspicio\w*|stopp?ed|stop|searched|offence)\b"
            r"|\bfor(bidden|bids?) to avoid"
            r"|\b(turn(s|ed|ing)? (back|away|round|around)|other way|go(es|ing)? around)\b"
            r"[^.]*\b(suspicio\w*|stopp?(ed|ing)?|search\w*|offence|arrest\w*|question\w*)\b",
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
            r"|\b(unbiased|infallible|error-free|always (right|correct|accurate)|never (wrong|mistaken)"
            r"|cannot (be wrong|err))\b"
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


# Anything that looks like an address of the web; whether it may stand there is `is_web_address`'s to say.
SCHEMED = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://\S+|(?:data|javascript|vbscript):\S*)", re.IGNORECASE)
TRAILING = ".,;:!?)"


def problems(paragraphs: list[str]) -> list[str]:
    """Why these paragraphs cannot stand on a notice; empty when they can."""
    found = []
    if len(paragraphs) > MOST_PARAGRAPHS:
        found.append(f"Write at most {MOST_PARAGRAPHS} paragraphs.")
    for number, text in enumerate(paragraphs, start=1):
        where = f"Paragraph {number}"
        if len(text) > LONGEST_PARAGRAPH:
            found.append(f"{where} is {len(text)} characters long. Shorten it to {LONGEST_PARAGRAPH}.")
        found += [f"{where}: {words}" for words in line_problems(text)]
    return found


def line_problems(text: str) -> list[str]:
    """Why `text` cannot stand on a public page, whatever it stands beside: each a sentence.

    Compared is what a reader sees: letters of another width or style are what they look like.
    """
    found = []
    if unseen := unseen_in_prose(text, joiners=False):
        found.append(f"take out the characters that nobody sees ({', '.join(unseen)}).")
    seen = folded(text)
    if MARKUP.search(text) or MARKUP.search(seen):
        found.append("write plain text, without < > { } and without code.")
    if any(mixes_scripts(word) for word in re.findall(r"\w+", seen)):
        found.append("write each word in letters of one alphabet.")
    for address in SCHEMED.findall(seen):
        if not is_web_address(address.rstrip(TRAILING)):
            found.append("write addresses that start with https:// and have no @ in their host.")
            break
    plain = REPEATS.sub("", seen)
    return found + [f"{words}." for words, pattern in CONTRADICTIONS if pattern.search(plain)]
