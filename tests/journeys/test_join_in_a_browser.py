"""A new person from the link to the first page, in a real browser: it checks what no test client sends."""

import re


def test_somebody_opens_the_link_and_arrives_at_home(open_as, server, off_loop):
    import pyotp

    link, address = off_loop(_invited)
    page = open_as(None, link)
    password = "eleven grey badgers digging"
    page.get_by_label("Your password").fill(password)
    page.get_by_label("The same once more").fill(password)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/sign-in/")
    page.fill("input[name=username]", address)
    page.fill("input[name=password]", password)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url("**/account/second-factor/**")
    page.goto(f"{server.address}/account/second-factor/app/")
    secret = re.sub(r"\s", "", page.locator("dd.hash").inner_text())
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    page.locator("main button[type=submit]").first.click()
    page.goto(server.address)
    assert page.locator(".header__force").inner_text().startswith("North")
    assert "Jo Reed" in page.locator(".header__who").inner_text()


def _invited():
    from uuid import uuid4

    from apps.accounts import api as accounts
    from apps.core.clock import utc_now
    from apps.core.data import Role
    from apps.core.tenancy import force_context
    from tests.support.cast import make_member
    from tests.support.days import make_day

    day = make_day("north")
    admin = make_member(day, "admin", Role.FORCE_ADMIN)
    address = f"jo-{uuid4().hex[:8]}@force.example"
    with force_context(day.force.id):
        _, token = accounts.invite(
            username=address,
            display_name="Jo Reed",
            rank="PC",
            roles=[Role.OPERATOR],
            reason="Posted to the team",
            actor=admin.actor,
            now=utc_now(),
        )
    return f"/join/{token}/", address
