"""How well a face can be compared, and in words a planner can act on, why not.

Measured on the default pack: below 32 px, or blurred beyond a sharpness of about 0.1, genuine similarity
falls into the range of impostors. The limits here are floors against that, not a promise above them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .align import align_face, fit_error, inside_share
from .covered import CONTRAST_FLOOR, DENOISE_SIGMA_PX, FACE, SCHARR_WEIGHT, seen
from .data import Detections, Floats, Image, Quality, Seen

# In the aligned crop: the eyes, which have edges in every sharp face (cheeks may not).
EYES = (slice(40, 64), slice(24, 88))
# Less noise is taken out before grain is measured than before edges are.
GRAIN_SIGMA_PX = 0.7
# A property with a smaller share of its best is named as a reason for a low score.
WEAK_BELOW = 0.75
WELL_SIZED_PX = 128.0
EYES_COVERED = "an eye cannot be seen: take off dark glasses, hat, hair or hand, or light the face evenly"
MOUTH_COVERED = "the mouth cannot be seen: take off the mask, scarf or hand"
COVERED = (EYES_COVERED, MOUTH_COVERED)
# With this much of it seen (``Seen``) it is not blur that takes the edges off the eyes.
CLEAR_MOUTH = 0.07


@dataclass(frozen=True)
class QualityLimits:
    """Limits in the units of ``Quality``, of ``align.fit_error``, of the detector's score, of
    ``align.inside_share`` and of ``Seen``.

    Without the last two it is not measured what covers a face: a walker shows other views soon.
    """

    min_size_px: float
    min_sharpness: float
    min_weaker_sharpness: float
    max_grain: float
    max_yaw: float
    max_fit_error: float
    min_brightness: float
    max_brightness: float
    min_detection_score: float
    min_inside: float
    min_eyes_seen: float = 0.0
    min_mouth_seen: float = 0.0


# A face in the crowd: kept low, since the walker decides how he walks and several shots may follow.
LIVE_LIMITS = QualityLimits(
    min_size_px=32,
    min_sharpness=0.10,
    min_weaker_sharpness=0.07,
    max_grain=0.5,
    max_yaw=1.1,
    max_fit_error=0.075,
    min_brightness=0.10,
    max_brightness=0.95,
    min_detection_score=0.7,
    min_inside=0.75,
)

# A picture chosen at leisure, which decides every comparison of the day: higher.
ENROLMENT_LIMITS = QualityLimits(
    min_size_px=48,
    min_sharpness=0.11,
    min_weaker_sharpness=0.07,
    max_grain=0.5,
    max_yaw=0.9,
    max_fit_error=0.065,
    min_brightness=0.12,
    max_brightness=0.92,
    min_detection_score=0.75,
    min_inside=0.4,
    min_eyes_seen=0.055,
    min_mouth_seen=0.043,
)


@dataclass(frozen=True)
class _Measured:
    size: float
    sharp: float
    weaker: float
    rough: float
    yaw: float
    fit: float
    light: float
    detection: float
    inside: float
    seen: Seen | None


def _ramp(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _eyes(aligned: Image) -> Image:
    return np.asarray(cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)[EYES], dtype=np.uint8)


def sharpness(aligned: Image) -> float:
    """How steep the steepest edges around the eyes of a (112, 112, 3) crop are, relative to their contrast.

    About 0.07 when blurred, 0.18 when crisp. Of the measures tried (Laplacians, spectra, slopes) the one that
    follows the loss of similarity best, under blur and under noise alike.
    """
    return _sharpness(aligned)[0]


def _sharpness(aligned: Image) -> tuple[float, float]:
    """``sharpness``, and how steep edges are in the direction in which they are less so.

    A face smeared by movement keeps its edges along the way it went, and is sharp by the first measure. Sharp
    faces have 0.095 and more in the weaker direction; at 0.085 half of the similarity is lost, at 0.05 all.
    """
    blurred = cv2.GaussianBlur(_eyes(aligned).astype(np.float32), (0, 0), DENOISE_SIGMA_PX)
    smooth = np.asarray(blurred, dtype=np.float32)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / SCHARR_WEIGHT
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / SCHARR_WEIGHT
    contrast = max(_percentile(smooth, 98) - _percentile(smooth, 2), CONTRAST_FLOOR)
    one, other = _percentile(np.abs(across), 97), _percentile(np.abs(down), 97)
    return _percentile(np.hypot(across, down), 97) / contrast, min(one, other) / contrast


def _percentile(values: Floats, percent: float) -> float:
    """What ``numpy.percentile`` says, which takes longer to think about its arguments than to sort."""
    flat = values.ravel()
    at = (flat.size - 1) * percent / 100
    low = int(at)
    below, above = np.partition(flat, (low, low + 1))[low : low + 2]
    return float(below + (above - below) * (at - low))


def grain(aligned: Image) -> float:
    """How much neighbouring pixels around the eyes differ, relative to contrast: 0.2 to 0.45 in photographs.

    Far above in pictures made of dots (faxes, prints, 1 bit a pixel), whose templates say nothing.
    """
    eyes = _eyes(aligned)
    rough = cv2.Laplacian(cv2.GaussianBlur(eyes, (0, 0), GRAIN_SIGMA_PX), cv2.CV_32F)
    return float(rough.std()) / max(float(eyes.std()), CONTRAST_FLOOR)


def brightness(aligned: Image) -> float:
    """Mean grey level of the face in a (112, 112, 3) crop, 0 to 1."""
    return float(cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)[FACE].mean()) / 255.0


def yaw_proxy(landmarks: Floats) -> float:
    """Where the nose tip stands between the eyes: 0 in the middle, ±1 over an eye, beyond in a profile.

    Positive when the face is turned towards the person's left. Cut off at ±3, as eyes that coincide give no
    scale.
    """
    right_eye, left_eye, nose = (complex(x, y) for x, y in landmarks[:3].tolist())
    across = left_eye - right_eye
    if abs(across) < 1e-3:
        return 3.0
    return min(max(2.0 * ((nose - right_eye) / across).real - 1.0, -3.0), 3.0)


def best_possible(size_px: float, landmarks: Floats) -> float:
    """The score that a face of this size and turn has at most, known without aligning it."""
    turn = _ramp(-abs(yaw_proxy(landmarks)), -1.6, -0.1)
    return float(_ramp(size_px, 12, 128) ** 0.35 * turn**0.25)


def assess(
    detections: Detections, row: int, image_bgr: Image, limits: QualityLimits, *, aligned: Image | None = None
) -> Quality:
    """The quality of one detected face against ``limits``. ``aligned`` saves aligning it again."""
    landmarks = detections.landmarks[row]
    crop = align_face(image_bgr, landmarks) if aligned is None else aligned
    size, (sharp, weaker) = float(detections.sizes[row]), _sharpness(crop)
    yaw, light = yaw_proxy(landmarks), brightness(crop)
    fit, detection = fit_error(landmarks), float(detections.scores[row])
    inside = inside_share(landmarks, image_bgr.shape[1], image_bgr.shape[0])
    asked = limits.min_eyes_seen > 0 or limits.min_mouth_seen > 0
    shown = seen(crop, yaw) if asked else None
    # A weighted geometric mean: the worst property decides most, yet each step towards the camera still
    # shows.
    score = (
        best_possible(size, landmarks)
        * min(_ramp(sharp, 0.07, 0.17), _ramp(weaker, 0.05, 0.10)) ** 0.30
        * min(_ramp(light, 0.04, 0.25), _ramp(-light, -1.0, -0.85)) ** 0.10
        * _ramp(inside, 0.2, 0.9)
        * (min(_shown(shown)) ** 0.15 if shown else 1.0)
    )
    measured = _Measured(size, sharp, weaker, grain(crop), yaw, fit, light, detection, inside, shown)
    reasons = _reasons(limits, measured)
    return Quality(score, sharp, size, yaw, light, reasons, shown)


def _shown(seen_parts: Seen) -> tuple[float, float]:
    """Of eyes and mouth, 0 to 1: what nine of ten faces with nothing in front of them show is all."""
    return _ramp(seen_parts.eyes, 0.03, 0.09), _ramp(seen_parts.mouth, 0.02, 0.07)


def weak_points(quality: Quality) -> tuple[str, ...]:
    """What takes most from a score, worst first, in words that say what to send instead; at most three."""
    across = f"the face is {quality.size_px:.0f} pixels wide, {WELL_SIZED_PX:.0f} or more are best"
    found = [
        (_ramp(quality.size_px, 12, 128), across),
        (_ramp(quality.sharpness, 0.07, 0.17), "the face is not quite sharp"),
        (_ramp(-abs(quality.yaw_proxy), -1.6, -0.1), "the face is turned to the side"),
        (_ramp(quality.brightness, 0.04, 0.25), "the face is dark"),
        (_ramp(-quality.brightness, -1.0, -0.85), "the face is very bright"),
    ]
    if quality.seen is not None:
        eyes, mouth = _shown(quality.seen)
        found += [(eyes, "the eyes are hard to see"), (mouth, "the mouth is hard to see")]
    weak = sorted((share, words) for share, words in found if share < WEAK_BELOW)
    return tuple(words for _, words in weak[:3])


def _covered(limits: QualityLimits, measured: _Measured) -> list[str]:
    """What cannot be seen of a face that is sharp elsewhere."""
    if measured.seen is None:
        return []
    sharp = measured.sharp >= limits.min_sharpness and measured.weaker >= limits.min_weaker_sharpness
    eyes, mouth = measured.seen.eyes, measured.seen.mouth
    found = []
    if eyes < limits.min_eyes_seen and (sharp or mouth >= CLEAR_MOUTH):
        found.append(EYES_COVERED)
    if mouth < limits.min_mouth_seen and sharp:
        found.append(MOUTH_COVERED)
    return found


def _reasons(limits: QualityLimits, measured: _Measured) -> tuple[str, ...]:
    found = []
    if measured.detection < limits.min_detection_score or measured.fit > limits.max_fit_error:
        found.append("this may not be a whole face: eyes, nose and mouth are not where they should be")
    if measured.size < limits.min_size_px:
        found.append(
            f"the face is {measured.size:.0f} pixels wide, at least {limits.min_size_px:.0f} are needed"
        )
    covered = _covered(limits, measured)
    found += covered
    if EYES_COVERED in covered:
        pass  # what is in front of the eyes has few edges: it would be called blurred
    elif measured.sharp < limits.min_sharpness:
        found.append("the face is blurred")
    elif measured.weaker < limits.min_weaker_sharpness:
        found.append("the face is smeared by movement")
    if measured.rough > limits.max_grain:
        found.append("the face is grainy or made of dots, like a fax or a print")
    if abs(measured.yaw) > limits.max_yaw:
        found.append("the face is turned too far to the side")
    if measured.light < limits.min_brightness:
        found.append("the face is too dark")
    if measured.light > limits.max_brightness:
        found.append("the face is too bright")
    if measured.inside < limits.min_inside:
        found.append("the face is cut off by the edge of the picture")
    return tuple(found)
