"""A passkey in a real browser, with an authenticator that the browser pretends to have."""


def test_a_passkey_is_made_and_then_signs_in_and_confirms(browser, server, stage):
    from tests.support.alert_stage import PASSWORD
    from tests.support.looks import check_page

    # Passkeys belong to a name: no browser makes one for an address of numbers.
    address = server.address.replace("127.0.0.1", "localhost")
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.set_default_timeout(30_000)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )

    def type_password():
        page.goto(f"{address}/sign-in/?next=/console/")
        page.get_by_label("E-mail address").fill(stage.operator.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    type_password()
    page.get_by_role("heading", name="Set up a second factor").wait_for()
    check_page(page, "second-factor")
    page.get_by_role("link", name="An authenticator app").click()
    page.get_by_role("img", name="QR code").wait_for()
    check_page(page, "authenticator-app")
    page.get_by_role("link", name="Choose another way").click()
    page.get_by_role("link", name="A passkey").click()
    page.get_by_label("Name of this passkey").fill("work phone")
    check_page(page, "passkey")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    check_page(page, "recovery-codes")
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{address}/account/")
    page.get_by_text("work phone (passkey)").wait_for()
    check_page(page, "account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/notices/")

    type_password()
    page.get_by_role("heading", name="Confirm with your second factor").wait_for()
    check_page(page, "code")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    page.goto(f"{address}/sign-in/confirm/?next=/console/")
    check_page(page, "confirm")
    page.get_by_role("button", name="Confirm with your passkey").click()
    page.wait_for_url("**/console/")
    assert problems == []
