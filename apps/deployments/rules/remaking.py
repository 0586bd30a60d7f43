"""When a list was made with another model than the plan has now, and what can be done about it."""

from __future__ import annotations

from typing import Protocol, TypeGuard

from apps.core.errors import RuleViolated
from apps.deployments.data import DeploymentData
from apps.deployments.rules.authority import unfit_for_grade
from apps.deployments.rules.states import APPROVED_BEFORE_START, RUNNING
from apps.deployments.rules.words import IN_STATE
from apps.watchlists.data import WatchlistData, WatchlistState

THERE = frozenset({WatchlistState.IMPORTED, WatchlistState.SEALED})
OTHER_FILES = (
    "The files of the model changed after the list was made, so the approval was of another model. Take the"
    " plan back on the page of the list, and have it approved again."
)
SAME_MODEL = "The list was made with the files of the model that are here. There is nothing to take back."
NO_LIST = "There is no earlier list whose pictures could be measured again. Import the list."
ON_ITS_WAY = "The pictures are being measured again already."
STILL_APPROVED = (
    "The list belongs to the approval that holds. Seal it, or discard it and import another one. If the files"
    " of the model changed, take the plan back first: another model needs another approval."
)
RUNS = "While recognition runs, its model and its list stay as they are. End the deployment to change them."


class ListFacts(Protocol):
    """`edition` is that of the files of the plan's model, None where it is not installed."""

    @property
    def deployment(self) -> DeploymentData: ...
    @property
    def watchlist(self) -> WatchlistData | None: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def edition(self) -> str | None: ...


def is_there(watchlist: WatchlistData | None) -> TypeGuard[WatchlistData]:
    return watchlist is not None and watchlist.state in THERE


def of_another_model(facts: ListFacts) -> bool:
    """Whether there is a list with templates that the plan's model cannot be compared with."""
    watchlist = facts.watchlist
    if not is_there(watchlist):
        return False
    return (watchlist.pack_id, watchlist.pack_version) != (
        facts.deployment.authority.pack_id,
        facts.edition,
    )


def is_approvals_own(facts: ListFacts) -> bool:
    """Whether the list was made under the approval that holds, and not under an earlier one."""
    return facts.watchlist is not None and facts.watchlist.id == facts.deployment.watchlist_id


def unfit(facts: ListFacts) -> list[str]:
    """Why the list that is there may not be sealed for this plan, as far as the model goes."""
    authority = facts.deployment.authority
    reasons = []
    if is_there(facts.watchlist) and facts.watchlist.pack_id != authority.pack_id:
        reasons.append("The list was made with another model pack. Discard it and import it again.")
    elif of_another_model(facts):
        reasons.append(OTHER_FILES)
    # Each picture on it is compared with everybody who passes, and there may be more of them than people.
    return reasons + unfit_for_grade(authority, facts.grade)


def check_remake(facts: ListFacts) -> None:
    """Whether the pictures of an earlier list may be measured again. Raises RuleViolated."""
    if not is_there(facts.watchlist):
        raise RuleViolated([NO_LIST], code="no_list")
    if is_approvals_own(facts):
        raise RuleViolated([STILL_APPROVED], code="still_approved")
    if facts.watchlist.being_remade:
        raise RuleViolated([ON_ITS_WAY], code="import_running")


def check_take_back(facts: ListFacts) -> None:
    """Whether the approval is to end since its model is not what made the list. Raises RuleViolated."""
    state = facts.deployment.state
    if state in RUNNING:
        raise RuleViolated([RUNS], code="live")
    if state not in APPROVED_BEFORE_START:
        raise RuleViolated([f"There is no approval to end: {IN_STATE[state]}."], code="state")
    if not of_another_model(facts) or not is_approvals_own(facts):
        raise RuleViolated([SAME_MODEL], code="same_model")
