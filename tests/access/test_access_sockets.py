"""Every socket and role, at things of one's own force and of another one, against the table; and what a
socket does with messages that it does not take."""

import asyncio
import json
from functools import partial

import pytest
from asgiref.testing import ApplicationCommunicator

from tests.access.stage import AWAY, made_up
from tests.access.table import ROLES, load
from tests.access.trying import path_of_socket

TABLE = load()
ORIGIN = b"http://testserver"
BROWSERS = [row for row in TABLE.sockets if row.door == "session"]
RELAYS = [row for row in TABLE.sockets if row.door != "session"]


class Socket(ApplicationCommunicator):
    """One end of a socket, through the real routing: origin check and session included."""

    def __init__(self, path, *, client=None, origin=ORIGIN, key=None):
        from lfrplatform.routing import websocket

        headers = [(b"host", b"testserver")]
        headers += [(b"origin", origin)] if origin else []
        headers += [(b"authorization", f"Bearer {key}".encode())] if key else []
        if client:
            cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
            headers.append((b"cookie", cookies.encode()))
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
            "client": ["127.0.0.1", 1],
        }
        super().__init__(websocket, scope)

    async def open(self):
        """What the other end says first: ("yes", message), or a refusal as the table has it, and its code."""
        await self.send_input({"type": "websocket.connect"})
        first = await self.receive_output(5)
        if first["type"] == "websocket.accept":
            first = await self.receive_output(5)
        if first["type"] == "websocket.close":
            return "403", (first.get("code"), first.get("reason"))
        said = json.loads(first["text"])
        if said.get("type") == "refused":
            return "403", (said, (await self.receive_output(5)).get("code"))
        return "yes", said

    async def say(self, **content):
        await self.send_input({"type": "websocket.receive", **content})

    async def leave(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)


@pytest.mark.parametrize("path", ["/ws/", "/ws/relay/x/", "/ws/console/", "/"])
@pytest.mark.parametrize("origin", [ORIGIN, None], ids=["our page", "no page"])
async def test_a_path_that_nothing_is_at_is_closed_and_is_no_error(path, origin):
    """An application that raises makes the server log a traceback, for anybody who asks."""
    socket = Socket(path, origin=origin)
    word, _ = await socket.open()
    assert word == "403"
    await socket.wait(5)


async def opened(path, **options):
    """The word of the table, and everything that was said."""
    socket = Socket(path, **options)
    word, said = await socket.open()
    if word == "yes":
        await socket.leave()
    return word, said


def in_a_thread(function, *args):
    """As the platform does it: the database is asked in another thread than the loop's."""
    return asyncio.get_running_loop().run_in_executor(None, partial(_closing, function, *args))


def _closing(function, *args):
    from django.db import connections

    try:
        return function(*args)
    finally:
        connections.close_all()


@pytest.mark.parametrize("row", BROWSERS, ids=lambda row: row.path)
async def test_a_socket_opens_for_whom_the_table_says(row, world, untouched):
    home = path_of_socket(row.path, world.home.things["deployment.live"])
    away = path_of_socket(row.path, world.away.things["deployment.live"])
    nothing = path_of_socket(row.path, made_up(world.away.things["deployment.live"]))
    problems = []
    for who in ("anonymous", *ROLES):
        client = await in_a_thread(world.client, who)
        expected = "yes" if who in row.allowed else "403"
        word, said = await opened(home, client=client)
        if word != expected or AWAY in str(said).lower():
            problems.append(
                f"{row.path}: {who} at home: the table says {expected}, the platform {word} {said}"
            )
        elsewhere = await opened(away, client=client)
        if elsewhere[0] != "403" or elsewhere != await opened(nothing, client=client):
            problems.append(f"{row.path}: {who} at another force's: {elsewhere}, and not as for a made-up id")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("row", BROWSERS, ids=lambda row: row.path)
@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", None], ids=["foreign", "null", "none"])
async def test_a_socket_does_not_open_from_another_page(row, origin, world):
    client = await in_a_thread(world.client, "everything")
    path = path_of_socket(row.path, world.home.things["deployment.live"])
    assert (await opened(path, client=client))[0] == "yes"
    assert (await opened(path, client=client, origin=origin))[0] == "403"


def every_verb():
    """What somebody would try who has read the source: the words of every button and message there is."""
    words = {row.name.rpartition(":")[2].replace("-", "_") for row in TABLE.routes}
    words |= {value for row in TABLE.routes for value in row.send.values()}
    words |= {push for row in TABLE.sockets for push in row.pushes}
    return sorted(words)


@pytest.mark.parametrize("row", [row for row in BROWSERS if not row.commands], ids=lambda row: row.path)
async def test_a_socket_that_takes_nothing_does_nothing(row, world, untouched, owner_connection):
    from tests.access.rows import digests

    client = await in_a_thread(world.client, "everything")
    alert = world.home.things["alert.dispatched"]
    before = digests(owner_connection, world.home.force_id)
    verbs = every_verb()
    assert len(verbs) > 20
    for start in range(0, len(verbs), 15):  # a few a socket: it puts out who says much
        socket = Socket(path_of_socket(row.path, world.home.things["deployment.live"]), client=client)
        assert (await socket.open())[0] == "yes"
        for verb in verbs[start : start + 15]:
            await socket.say(text=json.dumps({"type": verb, "alert_id": str(alert["alert_id"]), "number": 9}))
        assert await socket.receive_nothing(0.05)
        await socket.leave()
    assert digests(owner_connection, world.home.force_id) == before


@pytest.mark.parametrize("row", RELAYS, ids=lambda row: row.path)
class TestRelay:
    async def test_it_opens_with_its_own_key_only(self, row, world):
        path = "/" + row.path
        scheme, _, key_id, secret = world.home.secrets["relay key"].split(".")
        stranger = world.away.stage.force.slug
        client = await in_a_thread(world.client, "everything")
        refused = {
            "no key": {},
            "a person's session": {"client": client},
            "a made-up secret": {"key": world.home.secrets["relay key"][:-4] + "AAAA"},
            "the name of another force": {"key": f"{scheme}.{stranger}.{key_id}.{secret}"},
            "a force that is not there": {"key": f"{scheme}.no-such-force.{key_id}.{secret}"},
        }
        assert (await opened(path, key=world.home.secrets["relay key"], origin=None))[0] == "yes"
        answers = {name: await opened(path, origin=None, **given) for name, given in refused.items()}
        assert {word for word, _ in answers.values()} == {"403"}, answers
        assert len({str(said) for _, said in answers.values()}) == 1, "a refusal says why"

    async def test_it_takes_no_frame_of_another_forces_camera(self, row, world, valkey, untouched):
        from apps.relays import framebus
        from tests.support.relay_frames import message

        def waiting(side):
            deployment = side.things["deployment.live"]["deployment_id"]
            return [valkey.xlen(framebus.stream_key(deployment, camera.id)) for camera in side.stage.cameras]

        socket = Socket("/" + row.path, key=world.home.secrets["relay key"], origin=None)
        assert (await socket.open())[0] == "yes"
        for sequence, camera in enumerate((*world.away.stage.cameras, world.home.stage.cameras[0]), start=1):
            await socket.say(bytes=message(camera.id, sequence))
            await socket.receive_output(5)  # its credit
        assert waiting(world.away) == [0, 0]
        assert waiting(world.home) == [1, 0]
        await socket.leave()
