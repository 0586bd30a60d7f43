"""The annex of a force's data protection impact assessment: what is kept, for how long, and what remains.

Made from the registry that drives the purges and the public notices, with the settings of the force, so that
it cannot say anything else than they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from django.apps import apps

from apps.core import retention as registry
from apps.core.clock import london
from apps.core.retention import Exemption, PublicRow, RetentionRule
from apps.core.version import platform_version
from apps.core.wording import say_date
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import api as notices
from apps.scrutiny.annex.places import NOTES, PLACES
from apps.scrutiny.exports.report import Column, Report, Section, Table

# What is the longer of two settings, and what it is of.
LONGER_OF: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"record_years": ("Record of a deployment", "decision_log_years", "authority_years")}
)
NOT_SAID = "Not said in the registry"
BINDS = "To deployments planned since it was set; an earlier one keeps what it was planned with"
AT_ONCE = "At once, to everything that is there"


def annex_report(*, force: ForceData, now: datetime) -> Report:
    """Of the open force, as its settings are now."""
    rules = registry.rules()
    return Report(
        title="What is kept, for how long, and what remains",
        force=force.name,
        period_words=f"Annex to the data protection impact assessment, as of {say_date(now)}",
        name=f"retention-annex-{force.slug}-{london(now).date()}",
        sections=(
            _about(force, now),
            _in_memory(force),
            _kept(rules, force),
            _destroyed(rules),
            _exempt(force),
            _elsewhere(),
        ),
        data=_data(rules, force, now),
    )


def _about(force: ForceData, now: datetime) -> Section:
    since = {each.number: each.at for each in forces.history(force_id=force.id)}.get(force.version)
    in_force = f", in force since {say_date(since)}" if since else ""
    return Section(
        title="What this is made from",
        paragraphs=(
            f"What the live facial recognition platform of {force.name} keeps about people, from when and"
            " for how long, how it is destroyed, and where else it remains. It is for the force's data"
            " protection officer, to be attached to the impact assessment.",
            "It is made from the one table that also drives the deletions and the public notices, with the"
            f" settings of {force.name}. Nobody typed it, and it cannot promise anything else than they do.",
            f"Platform version {platform_version()}. Settings version {force.version}{in_force}."
            f" Made on {say_date(now)}.",
        ),
        tables=(
            Table(
                "Settings that the times come from",
                (Column("Setting"), Column("Now"), Column("To what a change applies")),
                tuple(_settings(force)),
            ),
        ),
        notes=(
            "Another version of the platform or of the settings makes another annex: attach it anew then.",
        ),
    )


def _settings(force: ForceData) -> Iterable[tuple[str, str, str]]:
    used = {row.setting for row in registry.public_table() if row.setting}
    longer = [LONGER_OF[name] for name in sorted(used & LONGER_OF.keys())]
    used |= {key for _of, *keys in longer for key in keys}
    said = forces.say_all(forces.values_of_force(force))
    bound = {setting.key for setting in forces.binding()}
    settings = [each for section in forces.SECTIONS for each in forces.of_section(section.key)]
    for setting in settings:
        if setting.key in used:
            yield (setting.label, said[setting.key], BINDS if setting.key in bound else AT_ONCE)
    label = {setting.key: setting.label for setting in settings}
    for of, first, second in longer:
        years = max((first, second), key=lambda key: int(getattr(force, key)))
        yield (of, said[years], f"The longer of “{label[first]}” and “{label[second]}”")


def _in_memory(force: ForceData) -> Section:
    rows = tuple((row.title, notices.kept_words(row, force)) for row in registry.in_memory_only())
    return Section(
        title="Never stored",
        tables=(Table("What is in memory only", (Column("Data"), Column("Kept")), rows),),
    )


def _kept(rules: list[RetentionRule], force: ForceData) -> Section:
    return Section(
        title="What is kept, and for how long",
        tables=(
            Table(
                "What the platform deletes by itself",
                (Column("Data"), Column("Kept"), Column("The time counts from")),
                tuple(
                    (rule.title, notices.kept_words(rule.public, force), rule.counted_from or NOT_SAID)
                    for rule in rules
                ),
            ),
        ),
        notes=(
            "The deletions run every minute, by deadlines that need no network, and catch up after an"
            " outage.",
            "Years are never a day short. What is past its time and not deleted is an error for whoever"
            " operates the platform, and so is a deletion that would fail, from four hours before its"
            " deadline.",
        ),
    )


def _destroyed(rules: list[RetentionRule]) -> Section:
    return Section(
        title="How it is destroyed, and where else it remains",
        tables=(
            Table(
                "Destruction",
                (
                    *(Column("Data"), Column("How it is destroyed"), Column("What is looked at again")),
                    Column("Where else it remains, and until when"),
                ),
                tuple(
                    (
                        *(rule.title, rule.destroyed_how or NOT_SAID),
                        *(_sentence(rule.verified_how) or NOT_SAID, rule.elsewhere or NOT_SAID),
                    )
                    for rule in rules
                ),
            ),
        ),
        notes=(
            "After each deletion the platform looks again, in another transaction. Only then it writes a"
            " deletion certificate, where nothing else is said here: what, how many, due, begun,"
            " finished, and how it was verified.",
        ),
    )


def _sentence(words: str) -> str:
    return f"{_capital(words).removesuffix('.')}." if words else ""


def _exempt(force: ForceData) -> Section:
    return Section(
        title="What no such deletion covers, and why",
        paragraphs=(
            "Each of these is exempt, with the reason that is written in the registry; nothing is left"
            " out of both tables. A time that stands here is the one that public notices state. What is"
            " deleted all the same, and with what, the reason says; where it does not, nothing deletes it"
            " by itself.",
        ),
        tables=(
            Table(
                "Exempt, and named in public notices",
                (Column("Data"), Column("Kept"), Column("Why it is exempt")),
                tuple(
                    (f"{row.title} ({_names(models)})", notices.kept_words(row, force), _sentence(reason))
                    for (reason, row), models in _grouped()
                    if row is not None
                ),
            ),
            Table(
                "Exempt, and in no public notice: no time is stated",
                (Column("Table of the database"), Column("Why it is exempt")),
                tuple(
                    (_capital(_names(models)), _sentence(reason))
                    for (reason, row), models in _grouped()
                    if row is None
                ),
            ),
        ),
    )


def _grouped() -> Iterable[tuple[tuple[str, PublicRow | None], list[Exemption]]]:
    """By what is said of them, in the order of the apps."""
    found: dict[tuple[str, PublicRow | None], list[Exemption]] = {}
    for each in registry.exemptions():
        found.setdefault((each.reason, each.public), []).append(each)
    return found.items()


def _names(models: list[Exemption]) -> str:
    return ", ".join(str(apps.get_model(each.model)._meta.verbose_name) for each in models)


def _elsewhere() -> Section:
    return Section(
        title="Where else it can be",
        paragraphs=("Of a person on a list, or of a face that caused an alert.",),
        tables=(
            Table(
                "Place by place",
                (Column("Place"), Column("What can be there"), Column("Until"), Column("Afterwards")),
                tuple(
                    (_capital(place.name), place.holds, _capital(place.until or "never there"), place.after)
                    for place in PLACES
                ),
            ),
        ),
        notes=NOTES,
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _data(rules: list[RetentionRule], force: ForceData, now: datetime) -> dict[str, object]:
    return {
        "platform": platform_version(),
        "settings_version": force.version,
        "made_on": london(now).date().isoformat(),
        "rules": [
            {
                "data_class": rule.data_class,
                "title": rule.title,
                "kept": notices.kept_words(rule.public, force),
                "setting": rule.setting,
                "number": getattr(force, rule.setting) if rule.setting else None,
                "models": sorted(rule.models),
                "source": rule.source,
            }
            for rule in rules
        ],
        "exemptions": [{"model": each.model, "reason": each.reason} for each in registry.exemptions()],
    }
