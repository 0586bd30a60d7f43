"""Attacks by somebody who owns the database and recomputes every hash: the anchors outside it tell."""

import base64
import dataclasses
import json
import stat
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from apps.audit import api as audit
from apps.audit.anchor_file import path_of
from apps.audit.anchoring import AnchorConflict
from apps.audit.data import Anchor
from apps.audit.models import AuditAnchor
from apps.audit.signing import FileSigner
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from tests.support.record_forger import Forger, chain, problems, write_events


@pytest.fixture
def force(real_db):
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


@pytest.fixture
def forger(force, owner_connection):
    """A chain of 13 links with anchors at 7 and 13."""
    write_events(force, 6)
    chain(force)
    audit.take_anchor(force_id=force.id)
    write_events(force, 6)
    chain(force)
    audit.take_anchor(force_id=force.id)
    assert problems(force) == ""
    return Forger(owner_connection, force)


def test_an_honest_record_verifies_and_says_how_far_it_is_anchored(force, forger):
    report = audit.verify(force_id=force.id, now=utc_now())
    assert (report.ok, report.links, report.anchors, report.anchored_links) == (True, 13, 2, 13)


def test_a_truncated_tail_is_found(force, forger):
    forger.cut_tail(10)
    assert "the chain ends at link 10, but 13 links were anchored" in problems(force)


def test_a_truncated_tail_is_found_when_its_anchor_went_from_the_database_too(force, forger):
    forger.cut_tail(10)
    forger.run("DELETE FROM audit_auditanchor WHERE force_id = %s AND position > 10", force.id)
    assert "its end was removed" in problems(force)


def test_a_chain_rewritten_from_the_middle_with_recomputed_hashes_is_found(force, forger):
    edited = forger.order()[4]
    forger.run("UPDATE audit_auditevent SET reason = 'another reason' WHERE id = %s", edited)
    forger.rewrite()
    assert "link 7 is not the one that was anchored" in problems(force)


def test_a_deleted_chain_is_found(force, forger):
    forger.delete_everything()
    found = problems(force)
    assert "the chain ends at link 0, but 7 links were anchored" in found
    assert "13 links were anchored" in found


def test_a_chain_begun_anew_in_place_of_a_deleted_one_is_found(force, forger):
    forger.delete_everything()
    write_events(force, 20)
    chain(force)
    assert "the chain was rewritten" in problems(force)
    with pytest.raises(AnchorConflict):
        audit.take_anchor(force_id=force.id)


@pytest.mark.parametrize("at", [3, 9], ids=["before-an-anchor", "before-the-last-anchor"])
def test_an_insertion_in_the_past_with_recomputed_hashes_is_found(force, forger, at):
    order = forger.order()
    order.insert(at, forger.copy_event(order[at]))
    forger.rewrite(order)
    assert "the chain was rewritten" in problems(force)


def test_reordered_events_are_found_even_with_recomputed_hashes(force, forger):
    order = forger.order()
    order[2], order[3] = order[3], order[2]
    forger.rewrite(order)
    assert "the chain was rewritten" in problems(force)


def test_reordered_links_are_found(force, forger):
    third, fourth = forger.order()[2:4]
    swap = "UPDATE audit_auditlink SET event_id = %s WHERE event_id = %s"
    spare = uuid4()
    for new, old in ((spare, third), (third, fourth), (fourth, spare)):
        forger.run(swap, new, old)
    assert "its hash is not that of its event" in problems(force)


def test_an_edited_event_is_found(force, forger):
    forger.run("UPDATE audit_auditevent SET rank = 'Supt' WHERE id = %s", forger.order()[5])
    assert "was changed after it was recorded" in problems(force)


def test_a_deleted_event_is_found(force, forger):
    forger.run("DELETE FROM audit_auditevent WHERE id = %s", forger.order()[5])
    assert "is gone" in problems(force)


@pytest.mark.parametrize("line", [0, 1], ids=["first-line", "last-line"])
def test_a_removed_line_of_the_anchor_file_is_found(force, forger, line):
    lines = forger.file_lines()
    del lines[line]
    forger.write_file(lines)
    assert "its line was removed from the file" in problems(force)


def test_a_removed_anchor_file_is_found_and_no_new_one_is_begun(force, forger):
    path_of(force.id).unlink()
    assert problems(force).count("its line was removed from the file") == 2
    with pytest.raises(AnchorConflict, match="file of anchors is gone"):
        audit.take_anchor(force_id=force.id)


def test_anchors_deleted_from_the_database_are_found(force, forger):
    write_events(force, 1)
    chain(force)
    audit.take_anchor(force_id=force.id)
    forger.run("DELETE FROM audit_auditanchor WHERE force_id = %s", force.id)
    assert "the file holds 3 anchors, the database 0" in problems(force)


def test_a_forged_signature_is_found(force, forger):
    """The whole chain, both anchor stores, made anew with a key of one's own."""
    forger.run("UPDATE audit_auditevent SET reason = 'x' WHERE id = %s", forger.order()[1])
    forger.rewrite()
    mine, lines = Ed25519PrivateKey.generate(), []
    hashes = dict(
        forger.owner.execute(
            "SELECT position, encode(link_hash, 'hex') FROM audit_auditlink WHERE force_id = %s", [force.id]
        ).fetchall()
    )
    for line in forger.file_lines():
        anchor = Anchor.parse(line)
        anchor = dataclasses.replace(anchor, link_hash=hashes[anchor.position])
        signature = base64.b64encode(mine.sign(anchor.signed_bytes())).decode()
        lines.append(dataclasses.replace(anchor, signature=signature).line())
        forger.run(
            "UPDATE audit_auditanchor SET line = %s WHERE force_id = %s AND sequence = %s",
            lines[-1],
            force.id,
            anchor.sequence,
        )
    forger.write_file(lines)
    assert "its signature is forged" in problems(force)


def test_an_anchor_moved_to_another_link_is_found(force, forger):
    lines = forger.file_lines()
    moved = json.loads(lines[1]) | {"position": 12}
    forger.write_file([lines[0], json.dumps(moved, sort_keys=True, separators=(",", ":"))])
    found = problems(force)
    assert "its signature is forged" in found
    assert "the file and the database differ" in found


def test_an_event_never_linked_is_found_after_a_minute(force, forger):
    write_events(force, 1)
    forger.run("DELETE FROM audit_auditpending WHERE force_id = %s", force.id)
    assert chain(force) == 0
    late = audit.verify(force_id=force.id, now=utc_now() + timedelta(seconds=61))
    assert [p for p in late.problems if "never linked" in p]


def test_links_without_an_anchor_are_named_after_an_hour(force, forger):
    write_events(force, 2)
    chain(force)
    report = audit.verify(force_id=force.id, now=utc_now() + timedelta(minutes=61))
    assert report.ok
    assert "links 14 to 15 have no anchor" in report.warnings[0]


def test_an_anchor_is_taken_when_the_chain_grew_and_five_minutes_passed(force, forger):
    write_events(force, 1)
    chain(force)
    assert audit.anchor_due(force_id=force.id) is None
    forger.run(
        "UPDATE audit_auditanchor SET taken_at = taken_at - interval '5 minutes' WHERE force_id = %s",
        force.id,
    )
    assert audit.anchor_due(force_id=force.id).position == 14
    assert audit.take_anchor(force_id=force.id) is None
    assert problems(force) == ""


def test_a_crash_between_file_and_database_is_caught_up(force, forger):
    forger.run("DELETE FROM audit_auditanchor WHERE force_id = %s AND sequence = 2", force.id)
    assert problems(force) == ""
    write_events(force, 1)
    chain(force)
    audit.take_anchor(force_id=force.id)
    with force_context(force.id):
        assert AuditAnchor.objects.count() == 3
    assert problems(force) == ""


def test_a_replaced_key_leaves_older_anchors_valid(force, forger, settings, tmp_path):
    settings.LFR_ANCHOR_KEY_FILE = tmp_path / "keys" / "signing.pem"
    assert "its signature is forged" in problems(force)
    old = FileSigner(Path(tmp_path / "other" / "signing.pem"), create=True)
    (tmp_path / "keys" / "old.pub.pem").write_text(old.public_keys()[old.key_id])
    new = FileSigner(settings.LFR_ANCHOR_KEY_FILE, create=False)
    assert new.verify(key_id=old.key_id, message=b"m", signature=old.sign(b"m"))
    assert not new.verify(key_id=new.key_id, message=b"m", signature=old.sign(b"m"))


def test_the_private_key_is_for_its_owner_alone_and_never_made_in_production(tmp_path):
    path = tmp_path / "new" / "signing.pem"
    with pytest.raises(ImproperlyConfigured, match="is missing"):
        FileSigner(path, create=False)
    FileSigner(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="can be read by others"):
        FileSigner(path, create=False)
