"""What must agree before a frame is looked at (design invariant 1), checked where the work happens."""

from __future__ import annotations

from apps.core.errors import RuleViolated
from apps.deployments.data import LiveAuthority
from apps.recognition.engine.packs import PackManifest
from apps.watchlists.data import WatchlistData


def check_may_recognise(
    *, authority: LiveAuthority, manifest: PackManifest, watchlist: WatchlistData | None
) -> None:
    """Raises RuleViolated with every reason why these three do not belong together."""
    reasons = []
    if manifest.id != authority.pack_id:
        reasons.append(f"model pack {manifest.id} is not the authorised {authority.pack_id}")
    if manifest.evidence_grade != "operational" and not authority.rehearsal:
        reasons.append(
            f"model pack {manifest.id} is of {manifest.evidence_grade} grade: it may run rehearsals only"
        )
    if watchlist is None or watchlist.seal_hash is None:
        reasons.append("there is no sealed watchlist")
    else:
        if watchlist.seal_hash != authority.seal_hash:
            reasons.append("the sealed watchlist is not the accepted one")
        if watchlist.pack_id != authority.pack_id:
            reasons.append(
                f"the watchlist was enrolled with pack {watchlist.pack_id}, not {authority.pack_id}"
            )
        elif watchlist.pack_version != manifest.edition:
            reasons.append(f"the watchlist was enrolled with other files of {manifest.id} than are here now")
        if watchlist.dimension != manifest.dimension:
            reasons.append(
                f"the watchlist has {watchlist.dimension} dimensions, the pack {manifest.dimension}"
            )
    if reasons:
        raise RuleViolated(reasons)


def can_recognise(
    *, authority: LiveAuthority, manifest: PackManifest, watchlist: WatchlistData | None
) -> bool:
    try:
        check_may_recognise(authority=authority, manifest=manifest, watchlist=watchlist)
    except RuleViolated:
        return False
    return True
