"""The report as one HTML file that needs nothing else: no script, no font, no address elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .alerts import CEILING, calibrate
from .charts import Table, by_threshold, det, distributions, groups, searches, searches_by_group
from .measure import Evaluation, row_of
from .report import About, impostor_counts
from .words import FEW_PEOPLE, people, rate, reason, share

ASKED_LISTS = (10, 100, 500, 1000, 5000, 10_000)
ASKED_FOOTFALL = 10_000
STYLE = """
body{margin:0 auto;max-width:62rem;padding:1rem;font:1.1rem/1.45 Arial,"Liberation Sans",sans-serif;
color:#0b0c0c;background:#fff}
h1{font-size:2rem;line-height:1.15;overflow-wrap:anywhere}h2{font-size:1.5rem;margin-top:2.5rem}
dl{display:grid;grid-template-columns:minmax(9rem,1fr) 3fr;gap:.4rem 1rem}dt{font-weight:bold}dd{margin:0;
overflow-wrap:anywhere}
.warning{border-left:.35rem solid #b3271c;background:#f3f4f5;padding:.6rem 1rem;margin:1rem 0}
.scroll{overflow-x:auto}.scroll:focus{outline:3px solid #ffdd00;outline-offset:2px}
svg{display:block;min-width:36rem;width:100%;height:auto;font:14px Arial,"Liberation Sans",sans-serif}
figure{margin:1.5rem 0 .5rem}figcaption{font-weight:bold}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:bold;padding:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem 1rem .35rem 0;border-bottom:1px solid #b1b4b6}
tbody th{font-weight:normal;white-space:nowrap}td{min-width:6.5rem}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.6rem}}
@media print{.scroll{overflow:visible}svg{min-width:0}figure,table{break-inside:avoid}}
"""


def as_html(about: About, found: Evaluation) -> str:
    """Every text from outside is escaped."""
    title = f"Evaluation of {about.pack_id} {about.pack_version}"
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        + "".join(_sections(about, found))
        + "</main></body></html>\n"
    )


def _sections(about: About, found: Evaluation) -> Iterator[str]:
    yield _summary(about, found)
    yield from (_warning(text) for text in _limits(found))
    yield "<h2>What this evidence supports</h2>"
    yield _supports(found).html()
    yield "<h2>Failure to enrol</h2>"
    yield _failures(found)
    yield "<h2>Genuine and impostor scores</h2>"
    yield distributions(found)
    yield "<h2>Comparisons of two pictures (verification)</h2>"
    yield by_threshold(found, about.default_threshold).html()
    yield det(found)
    yield "<h2>Searches of a list (identification, open set)</h2>"
    yield (
        searches(found)
        if found.searches
        else (
            "<p>No searches of lists were measured: that needs a folder for each person, and more people "
            "than the list is long.</p>"
        )
    )
    if about.lists_not_measured:
        sizes = ", ".join(f"{size:,}" for size in about.lists_not_measured)
        yield (
            f"<p>Asked for and not measured: lists of {sizes}. "
            "That needs a folder for each person, and more people than the list is long.</p>"
        )
    yield "<h2>By group</h2>"
    yield from _groups(about, found)
    yield _reading()


def _summary(about: About, found: Evaluation) -> str:
    at, everybody = row_of(about.default_threshold), found.everybody
    rows = [
        ("Pictures of", about.dataset or "not described"),
        ("Conducted by", about.conducted_by or "not recorded"),
        ("Made", about.made_at),
        ("People", f"{found.people:,}"),
        ("Pictures", f"{found.pictures:,} compared, {found.failures.failed:,} could not be enrolled"),
        ("Pictures accepted as", about.quality),
        ("The same file again", f"{about.repeated:,} left out"),
        ("Default threshold", f"{about.default_threshold:g} (cosine similarity)"),
        ("False matches at it", rate(everybody.impostor.at(at))),
        ("False non-matches at it", rate(everybody.genuine.at(at))),
        ("Model, fingerprint", about.fingerprint),
        ("Pictures, digest", about.digest),
    ]
    return (
        "<dl>" + "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in rows) + "</dl>"
    )


def _limits(found: Evaluation) -> Iterator[str]:
    if found.people < FEW_PEOPLE:
        yield (
            f"Only {found.people:,} people took part. However many comparisons they give, they say little "
            "about other people: a sanity check, not evidence."
        )
    if not found.groups:
        yield "No groups were recorded, so nothing here says whether the model treats groups alike."
    if not found.everybody.genuine.trials:
        yield "Nobody is shown twice, so nothing here says how often a listed person would be missed."


def _warning(text: str) -> str:
    return f'<p class="warning"><strong>Limit:</strong> {escape(text)}</p>'


def _supports(found: Evaluation) -> Table:
    counts = impostor_counts(found.everybody)
    rows = []
    for size in ASKED_LISTS:
        answer = calibrate(counts, list_size=size, footfall=ASKED_FOOTFALL)
        if answer.threshold is None or answer.most is None or answer.fewest is None:
            needed = people(answer.needed, up=True)
            rows.append((f"{size:,}", "no answer", f"about {needed} comparisons without an error are needed"))
            continue
        span = f"{people(answer.fewest, up=False)} to {people(answer.most, up=True)}"
        rows.append((f"{size:,}", f"{answer.threshold:g}", f"{span} in {ASKED_FOOTFALL:,} people"))
    return Table(
        f"The threshold for at most one false alert in {round(1 / CEILING):,} people, by size of list",
        ("people listed", "threshold", "false alerts expected (95%)"),
        tuple(rows),
    )


def _failures(found: Evaluation) -> str:
    failures = found.failures
    if not failures.failed:
        return f"<p>All {failures.tried:,} pictures could be enrolled.</p>"
    reasons = Table(
        f"Of {failures.tried:,} pictures, {failures.failed:,} could not be enrolled "
        f"({share(failures.failed / failures.tried)}), and so were not compared",
        ("reason", "pictures"),
        tuple((reason(code), f"{count:,}") for code, count in sorted(failures.by_reason.items())),
    )
    lost = failures.people_without_picture
    text = f"<p>People of whom no picture was left: {lost:,}.</p>" if lost else ""
    if len(failures.tried_by_group) < 2:
        return reasons.html() + text
    by_group = Table(
        "Failure to enrol by group",
        ("group", "pictures", "not enrolled"),
        tuple(
            (group, f"{tried:,}", f"{failures.failed_by_group.get(group, 0):,}")
            for group, tried in sorted(failures.tried_by_group.items())
        ),
    )
    return reasons.html() + text + by_group.html()


def _groups(about: About, found: Evaluation) -> Iterator[str]:
    if not found.groups:
        yield "<p>No groups were recorded.</p>"
        return
    yield (
        "<p>Within a group its members are compared with each other, which is where mistakes are likeliest. "
        "The rows add up to everybody. Where ranges overlap, these pictures do not show a difference; that "
        "is not the same as showing that there is none.</p>"
    )
    yield groups(found, about.default_threshold).html()
    if found.searches:
        yield searches_by_group(found, about.default_threshold).html()


def _reading() -> str:
    return (
        "<h2>How to read this</h2><ul>"
        "<li>A <strong>false match</strong> is two people taken for one; a <strong>false non-match</strong> "
        "is one person taken for two. FPIR and TPIR are the same for searches of a list.</li>"
        "<li>Each range in brackets has 95% confidence. Comparisons that share a person are alike, so the "
        "ranges count as many independent comparisons as scatter as much as these do. Where fewer than ten "
        "errors were seen, each person, or each pair of people, counts once.</li>"
        "<li>FPIR and TPIR are over all lists of that length that could be drawn from these people; their "
        "ranges come from drawing the people anew (bootstrap, 200 times, fixed seed).</li>"
        "<li>All of it is for pictures and people like these. Faces in a street are smaller, turned and "
        "blurred; only passes of consenting staff measure those.</li></ul>"
    )
