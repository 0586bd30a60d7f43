"""Recall 1.0: the search finds whom brute force finds, over made-up and over real templates.

With several pictures a person, with equal templates under several people, with entries that have expired and
people who were removed.
"""

from datetime import timedelta

import cv2
import numpy as np
import pytest

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.recognition import api as recognition
from apps.recognition.engine.align import align_face
from apps.watchlists import api as watchlists
from tests.integration.watchlists.listed import PACK_ID, near, store_list, unit_templates

# What two ways of adding up the same half floats may differ by.
ROUNDING = 2e-6
PHOTOS = (
    "subject_a_1.jpg", "subject_b_1.jpg", "subject_b_2.jpg", "subject_c_1.jpg", "subject_c_2.jpg",
    "bystander_d.jpg", "bystander_e.jpg", "group.jpg",
)  # fmt: skip


@pytest.fixture(scope="module")
def real_templates(photos):
    """(N, D): of every face that the detector finds in the photographs, and of each one mirrored."""
    pack = recognition.get_pack(PACK_ID)
    faces = []
    for name in PHOTOS:
        image = cv2.imdecode(np.frombuffer((photos / name).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        found = pack.detect(image, max_side=480).landmarks
        faces += [align_face(image, points) for points in found]
    faces += [np.ascontiguousarray(face[:, ::-1]) for face in faces]
    return pack.embed(np.stack(faces))


def halves(templates):
    rounded = templates.astype(np.float16).astype(np.float64)
    return rounded / np.linalg.norm(rounded, axis=1, keepdims=True)


def check_recall(tenant, templates, probes):
    """Every third entry is a second picture of somebody, every fifth expires, two people are removed, and
    each of the last four templates is listed under two people."""
    now = utc_now()
    templates = np.concatenate([templates, templates[-4:]])
    owners = [n - 1 if n % 3 == 2 and n < len(templates) - 8 else n for n in range(len(templates))]
    gone = {owner for owner in owners if owner % 5 == 0}
    listed = store_list(
        tenant, templates, owners=owners, expires_at=dict.fromkeys(gone, now + timedelta(hours=1)), now=now
    )
    removed = {listed.subject_ids[1], listed.subject_ids[-1]}
    with force_context(tenant.id):
        for subject_id in removed:
            watchlists.remove_subject(
                subject_id=subject_id, reason="no longer wanted", actor=tenant.operator, now=now
            )
    similarities = halves(probes) @ halves(templates).T
    for later, absent in ((timedelta(0), set()), (timedelta(hours=2), gone)):
        there = np.array([
            owner not in absent and subject not in removed
            for owner, subject in zip(owners, listed.subject_ids, strict=True)
        ])  # fmt: skip
        result = listed.search(probes, now=now + later)
        assert result.seal_ok
        for hit, seen in zip(result.hits, np.where(there, similarities, -2.0), strict=True):
            nearest = seen.max()
            allowed = {listed.subject_ids[n] for n in np.flatnonzero(seen >= nearest - ROUNDING)}
            assert hit.subject_id in allowed
            assert hit.cosine_similarity == pytest.approx(nearest, abs=ROUNDING)


def test_over_random_templates(tenant):
    templates = unit_templates(300, seed=31)
    probes = [unit_templates(40, seed=32), templates[::7]]
    probes += [np.stack([near(template, seed=n) for n, template in enumerate(templates[:40])])]
    check_recall(tenant, templates, np.concatenate(probes))


def test_over_real_templates(tenant, real_templates):
    """Everybody against everybody: real templates lie closer together than random ones."""
    assert len(real_templates) >= 2 * len(PHOTOS)
    shots = np.stack([near(template, seed=n) for n, template in enumerate(real_templates)])
    check_recall(tenant, np.concatenate([real_templates, shots]), np.concatenate([real_templates, shots]))
