"""Where else what is deleted can be, place by place.

As docs/explanation/what-remains-after-deletion.md says it: a test compares the two.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """`name` and `until` are those of the document's table."""

    name: str
    holds: str
    until: str
    after: str


PLACES = (
    Place(
        "rows of the database",
        "Pictures, measurements and uploads, encrypted; names and offences, readable",
        "the purge",
        "Rows deleted, key destroyed",
    ),
    Place(
        "gallery partition",
        "Measurements that are searched, readable",
        "the purge, or any crash of PostgreSQL",
        "Dropped with its files",
    ),
    Place(
        "database files",
        "Deleted rows, but no measurements that are searched",
        "the next vacuum, and until the space is used again",
        "Pictures and measurements are encrypted without their key",
    ),
    Place(
        "write-ahead log, its archive, replicas",
        "As the rows, but no measurements that are searched",
        "you delete them",
        "Pictures and measurements are encrypted without their key",
    ),
    Place(
        "base backup",
        "As the rows; the search index is empty",
        "you delete it",
        "Pictures and measurements are encrypted without their key",
    ),
    Place(
        "dump",
        "As the rows; the search index is empty when it is made as the documentation says",
        "you delete it",
        "Pictures and measurements are encrypted without their key",
    ),
    Place(
        "key store",
        "Encrypted keys; nothing of a person",
        "the purge",
        "Overwritten, synchronised and deleted",
    ),
    Place(
        "list of destroyed keys, beside the anchors",
        "Ids of keys; nothing of a person",
        "kept",
        "Nothing to read",
    ),
    Place(
        "a copy or snapshot of the key store",
        "The keys as they were",
        "you delete it",
        "It can be read, together with any copy of the rows: no such copy may be made",
    ),
    Place(
        "Valkey's memory",
        "At most eight pictures a camera",
        "read, or ten seconds without a further frame",
        "Gone; never written to a disk",
    ),
    Place("log files", "Nothing", "", "Nothing to read"),
    Place(
        "browsers and handsets",
        "Two pictures on the screen while an alert is open",
        "the page is left",
        "Not stored; the server refuses after the deadline",
    ),
    Place("relays", "The picture in memory", "the next frame", "The relay cannot write to its disk"),
    Place(
        "exports made by people",
        "No picture and no measurements; names as the force wrote them, in exports of the audit, of"
        " records and of a force that leaves",
        "whoever has them deletes them",
        "Nothing biometric is exported",
    ),
    Place(
        "files that were uploaded from",
        "The force's own pictures, on its own machines",
        "the force's own rules",
        "Not the platform's",
    ),
)
NOTES = (
    "“You” is whoever operates the platform for the force. How long backups are kept is no setting of the"
    " platform: the force adds that time to each time above for what stays readable in them.",
    "What a restored backup brings back is deleted again by its deadlines within a minute of the start."
    " What was deleted under fewer years than the force has now is back for good, and the force has to"
    " decide about it.",
    "Not covered: swap, core dumps and the memory of running processes; blocks of a disk below the files,"
    " which is why disks are encrypted; a copy of the key store, a snapshot, or a dump made the forbidden"
    " way; somebody who photographs a screen.",
    "Source: “What remains after deletion” in the documentation of the platform, which says what shows"
    " each line.",
)
