"""Encryption in the format of `age`: what another program made opens, and what was changed does not."""

import base64
import io

import pytest

from apps.ops.backup import age
from apps.ops.backup.data import BackupRefused

# Made once by pyrage, which is age's library in Rust, for this test alone.
IDENTITY = "AGE-SECRET-KEY-1X388EX6PVCPETCZGVYEZQRL6UH3TTDS2WDV93HHMDV74UQ7F2ZGS3EG7CW"
RECIPIENT = "age13nd3cmn8ycxev0hh6589sweme8uufle78yjkf25wjfr38qcplsus7fh8uz"
THEIRS = base64.b64decode(
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB1ZXZrR2VndTlhakh3ZGkwcDltam9XQTRIc2NnZFZEeEV6Z2VkUnBm"
    "RkNVCml0UGRCYTBwU2ZkaVlCUVNrb2p4bi8vVnpiT1g3SHRVaXNHSy9jSHJuSjgKLT4gcixQZlVfTmctZ3JlYXNlCkpnCi0t"
    "LSBKYXIxbVBna1J4UDFodTMvaEJiYWhmS3BnWTZubjI5ZVRqb3U1MXFvYkdrCrTp3HCr9VpXFcK2E93jc8OAGqtyYgrhJwsE"
    "SJGYr/v0AXBSYrJUrABMcVL9ZZWRzI6Y//MQvOg="
)


def sealed(content, *recipients):
    out = io.BytesIO()
    sealing = age.Encrypting(out, list(recipients))
    sealing.write(content)
    sealing.finish()
    return out.getvalue()


def opened(file, identity=IDENTITY):
    return b"".join(age.decrypting(io.BytesIO(file), age.identities_of(identity)))


def test_a_file_of_another_program_opens():
    assert opened(THEIRS) == b"made by another program"


@pytest.mark.parametrize("size", [0, 1, age.PIECE, age.PIECE + 1, 2 * age.PIECE, 3 * age.PIECE + 7])
def test_what_was_sealed_opens_for_each_recipient_and_nobody_else(size):
    (mine, to_me), (other, _) = age.new_identity(), age.new_identity()
    file = sealed(b"x" * size, RECIPIENT, to_me)
    assert opened(file) == opened(file, mine) == b"x" * size
    with pytest.raises(BackupRefused, match="not encrypted to"):
        opened(file, other)


@pytest.mark.parametrize("where", ["stanza", "mac", "nonce", "middle", "last"])
def test_one_changed_bit_is_refused(where):
    file = bytearray(sealed(b"x" * (2 * age.PIECE), RECIPIENT))
    payload = file.index(b"\n", file.index(b"\n--- ") + 1) + 1
    place = {
        "stanza": 40,
        "mac": payload - 10,
        "nonce": payload,
        "middle": payload + 100,
        "last": len(file) - 1,
    }[where]
    file[place] ^= 1
    with pytest.raises(BackupRefused):
        opened(bytes(file))


def test_a_file_that_was_cut_at_a_piece_is_refused():
    """Each piece that is there is whole; that it is not the last one tells."""
    file = sealed(b"x" * (2 * age.PIECE), RECIPIENT)
    with pytest.raises(BackupRefused, match="cut off"):
        opened(file[: -(age.PIECE + age.TAG)])


@pytest.mark.parametrize(
    "text", ["", "age1qqq", RECIPIENT[:-1], RECIPIENT[:-1] + "b", IDENTITY, "ssh-ed25519 AAAA"]
)
def test_a_slip_in_a_recipient_is_refused_and_not_quoted(text):
    with pytest.raises(BackupRefused) as refused:
        age.recipients_of(text)
    assert not text or text not in str(refused.value)
