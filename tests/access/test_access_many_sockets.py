"""Two hundred consoles of two forces on one real server with production's pool of connections."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
from websockets.asyncio.client import connect

from lfrplatform.settings.base import POOL
from tests.support.database import CLONE

SOCKETS = 200
PATIENCE_S = 60


@pytest.fixture
def server(world, services, tmp_path):
    """uvicorn as the platform starts it, in a process of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        **services.environment(),
        "DJANGO_SETTINGS_MODULE": "tests.access.production_pool",
        # Tells its connections from those of this process.
        "PGAPPNAME": "many-sockets",
    }
    argv = [sys.executable, "-m", "uvicorn", "lfrplatform.asgi:application", "--host", "127.0.0.1"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*argv, "--port", str(port), "--log-level", "warning"],
            cwd=CLONE,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield port
        finally:
            process.terminate()
            process.wait(30)


async def answering(port):
    async with httpx.AsyncClient() as client:
        for _ in range(PATIENCE_S * 20):
            try:
                return await client.get(f"http://127.0.0.1:{port}/notices/")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("the server did not start")


class Watch:
    """The most connections that the server ever had at once, looked at all the time."""

    def __init__(self, owner_url):
        self.owner_url, self.most, self.looks = owner_url, 0, 0

    async def run(self):
        async with looking(self.owner_url) as database:
            while True:
                self.most = max(self.most, len(await states(database)))
                self.looks += 1
                await asyncio.sleep(0.01)


@asynccontextmanager
async def looking(owner_url):
    """What a session does is shown to its own role only."""
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as database:
        await database.execute("SET ROLE lfr_app")
        yield database


async def states(database):
    """What each connection of the server is doing, and with which role."""
    found = await database.execute(
        "SELECT usename::text, state FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'many-sockets'"
    )
    return await found.fetchall()


async def hear(connection):
    return json.loads(await asyncio.wait_for(connection.recv(), PATIENCE_S))


async def open_all(port, places):
    async def one(path, cookies):
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return await connect(
            f"ws://127.0.0.1:{port}{path}",
            origin=f"http://127.0.0.1:{port}",
            additional_headers={"Cookie": cookie},
            open_timeout=PATIENCE_S,
            ping_interval=None,
        )

    return await asyncio.gather(*(one(path, cookies) for path, cookies in places))


async def test_two_hundred_consoles_stay_inside_the_pool(world, server, services):
    await answering(server)
    sides, places = await asyncio.to_thread(signed_in, world)
    watch = Watch(services.worker_owner_url)
    watching = asyncio.create_task(watch.run())
    consoles = await open_all(server, places)
    assert len(consoles) == SOCKETS
    first = await asyncio.gather(*map(hear, consoles))
    assert [said["type"] for said in first] == ["news"] * SOCKETS

    # In turns, so that whoever heard the other force would hear something between their own.
    told = ([], [])
    for at in (1, 0, 1):
        told[at].extend(await asyncio.to_thread(news, sides[at], 2))
    heard = await asyncio.gather(*(until(console, told[at % 2][-1]) for at, console in enumerate(consoles)))
    # News that come close together may be told as one: never another force's, never back, always the last.
    assert [said for at, said in enumerate(heard) if said != sorted({*said} & {*told[at % 2]})] == []

    await asyncio.gather(*(console.close() for console in consoles))
    async with looking(services.worker_owner_url) as database:
        await all_idle(database)
    watching.cancel()
    assert watch.looks > 10
    assert 0 < watch.most <= POOL["max_size"], watch.most


async def until(console, number):
    """Every number that it was told, up to the last one."""
    said = []
    while not said or said[-1] != number:
        said.append((await hear(console))["number"])
    return said


async def all_idle(database):
    for _ in range(PATIENCE_S * 20):
        found = await states(database)
        if {state for _, state in found} <= {"idle"}:
            assert {role for role, _ in found} <= {"lfr_app"}
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"connections are still at work: {found}")


def signed_in(world):
    """Both forces, and for each socket where it goes and with whose session; a force has every second one."""
    from django.db import connections

    from apps.core.data import Role
    from tests.support.cast import make_member

    sides = (world.home, world.away)
    cookies = []
    for side in sides:
        client = make_member(side.day, "console", Role.OPERATOR).client()
        cookies.append({name: morsel.value for name, morsel in client.cookies.items()})
    paths = [f"/ws/console/{side.stage.deployment_id}/" for side in sides]
    connections.close_all()
    return sides, [(paths[at % 2], cookies[at % 2]) for at in range(SOCKETS)]


def news(side, more):
    """The numbers that consoles of the force are told by this."""
    from django.db import connections

    try:
        return [side.raise_next() for _ in range(more)]
    finally:
        connections.close_all()
