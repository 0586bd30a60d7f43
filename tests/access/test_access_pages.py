"""Every address, method and role, at things of one's own force and of another one, against the table.

One test an address; each tries all its cells and names those that are not as the table says.
"""

import pytest
from django.test import Client

from tests.access import inventory
from tests.access.stage import ALWAYS, AWAY, kind_of, made_up
from tests.access.table import PUBLIC, ROLES, YES, load
from tests.access.trying import ask, fits, path_of

TABLE = load()


@pytest.fixture(scope="module")
def addresses(world):
    found = {}
    for address in inventory.addresses():
        found.setdefault(address.name, []).append(address)
    return found


class Trial:
    """The cells of one row at one address, and what was wrong with them."""

    def __init__(self, world, address, row):
        self.world, self.address, self.row = world, address, row
        self.kind = kind_of(address.ids, row)
        self.problems = []

    def things(self, side):
        return [name for name in (self.row.on or side.of_kind(self.kind)) if self.fits(side.things[name])]

    def fits(self, values):
        wanted = {self.row.ids.get(name, name) for name in self.address.ids if name not in self.row.fixed}
        return wanted <= {*values, *ALWAYS}

    def ask(self, who, values, **options):
        path = path_of(self.address, values, self.row)
        if who.startswith("a token for "):
            options["token"] = self.world.home.tokens[who.removeprefix("a token for ")]
            who = "anonymous"
        client = self.world.client(who, fresh=self.row.fresh)
        return ask(client, self.row, path, values=values, **options)

    def wrong(self, who, what, expected, answer):
        self.problems.append(
            f"{self.row.title}: {who} at {what}: the table says {expected!r}, the platform {answer.word!r}"
            f" ({answer.status} {answer.location})"
        )

    def own_force(self):
        """Each role alone. Who is let in is tried with every state of the thing, who is not with one."""
        side = self.world.home
        assert self.things(side), f"{self.row.title}: stage.py has nothing of the kind {self.kind}"
        for role, expected in self.columns():
            things = self.things(side) if expected in (YES, PUBLIC) else self.things(side)[:1]
            for name in things:
                answer = self.ask(role, side.things[name])
                if not fits(answer.word, expected):
                    self.wrong(role, f"its own force's {name}", expected, answer)
                self.silent(role, name, answer)

    def columns(self):
        """(who, the word for them at home), for each who could be let in."""
        if not self.row.token_scope:
            return [(role, self.row.word_for(role)) for role in ROLES]
        others = set(self.world.home.tokens) - {self.row.token_scope}
        refused = [(f"a token for {scope}", "403") for scope in sorted(others)]
        return [
            (f"a token for {self.row.token_scope}", YES),
            *refused,
            ("everything", self.row.anonymous),
        ]

    def strangers(self):
        """Nobody, somebody with a password alone, and a token where it opens nothing."""
        doors = {"anonymous": self.row.anonymous, "halfway": self.row.no_second_factor}
        if not self.row.token_scope:
            doors["a token for deployments:read"] = self.row.token
        name = self.things(self.world.home)[0]
        for who, expected in doors.items():
            answer = self.ask(who, self.world.home.things[name])
            if not fits(answer.word, expected):
                self.wrong(who, name, expected, answer)
            self.silent(who, name, answer)

    def other_force(self):
        """No more than about a thing that never existed: not a word, a header or a byte."""
        if self.kind == "nothing":
            return  # the page is their own force's: `silent` looked at it
        side = self.world.away
        for role, word in (("anonymous", self.row.anonymous), *self.columns()):
            if role.startswith("a token for ") and word != YES:
                continue  # refused by its scope, before anything is looked for
            elsewhere = self.row.other_force or "404"
            # Who is refused may hear it before or after the thing is looked for: it is not found either way.
            expected = (elsewhere,) if word == YES else (word, elsewhere)
            things = self.things(side) if word == YES else self.things(side)[:1]
            nothing = None if self.row.is_public else self.ask(role, made_up(side.things[things[0]]))
            for name in things:
                answer = self.ask(role, side.things[name])
                if not any(fits(answer.word, each) for each in expected):
                    self.wrong(role, f"another force's {name}", expected[0], answer)
                self.silent(role, name, answer)
                if nothing is not None and answer != nothing:
                    self.problems.append(
                        f"{self.row.title}: {role} can tell another force's {name} from a made-up one:"
                        f" {_first_difference(answer, nothing)}"
                    )

    def silent(self, who, name, answer):
        if not self.row.is_public and AWAY.encode() in answer.raw.lower():
            self.problems.append(f"{self.row.title}: {who} reads of the other force at {name}")

    def unlisted(self, listed):
        """A method that the table does not have is nobody's, not even who holds every role."""
        thing = self.world.home.things[self.things(self.world.home)[0]]
        who = f"a token for {self.row.token_scope}" if self.row.token_scope else "everything"
        for method in sorted(set(inventory.METHODS) - listed):
            answer = self.ask(who, thing, method=method)
            if answer.status != 405:
                self.problems.append(
                    f"{self.row.name} answers {method} with {answer.status}, and the table has no such row:"
                    f' add one to {self.row.file}, method = "{method}" (tests/access/README.md says how),'
                    " or let the view refuse the method"
                )

    def without_a_token(self):
        """A POST that a foreign page made a signed-in browser send."""
        if self.row.method != "POST" or self.row.token_scope:
            return
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.cookies = self.world.client("everything").cookies.copy()
        values = self.world.home.things[self.things(self.world.home)[0]]
        answer = ask(client, self.row, path_of(self.address, values, self.row), values=values)
        # Pages of signing in are shown again in place of an error (apps/accounts/stale.py).
        if answer.status not in (403, 404) and "?stale=1" not in answer.location:
            self.problems.append(
                f"{self.row.title}: answers {answer.status} to a POST without the token of its form"
            )


def _first_difference(one, other):
    if one.status != other.status:
        return f"status {one.status}, {other.status}"
    if one.headers != other.headers:
        return f"headers {one.headers}, {other.headers}"
    lines = zip(one.body.splitlines(), other.body.splitlines(), strict=False)
    return next((f"{a!r}, {b!r}" for a, b in lines if a != b), "one is longer")


@pytest.mark.parametrize("name", TABLE.names)
def test_an_address_lets_in_whom_the_table_says(name, world, addresses, untouched):
    rows = TABLE.rows_of(name)
    listed = {row.method for row in rows}
    problems = []
    for address in addresses.get(name, ()):
        for row in rows:
            trial = Trial(world, address, row)
            trial.own_force()
            trial.strangers()
            trial.other_force()
            trial.without_a_token()
            problems += trial.problems
        trial = Trial(world, address, rows[0])
        trial.unlisted(listed)
        problems += trial.problems
    assert not problems, "\n".join(["", *problems])
