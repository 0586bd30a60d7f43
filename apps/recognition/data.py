"""What other apps see of recognition: the engine's value objects and refusals, under one name."""

from apps.recognition.engine.blurring import Blurred, FaceRemains, NotAPicture
from apps.recognition.engine.data import (
    BatchResult,
    CameraCount,
    Detections,
    EnrolmentFace,
    Frame,
    Probe,
    Quality,
)
from apps.recognition.engine.errors import (
    AcceleratorNotActive,
    EnrolmentRefused,
    PackError,
    PackFileMissing,
    PackHashMismatch,
    PackLicenceMissing,
    PackManifestInvalid,
    PackUsedAfterFork,
    RefusalCode,
)
from apps.recognition.engine.evidence import Evidence, GenuineCount, GroupEvidence, ImpostorCount
from apps.recognition.engine.packs import EvidenceGrade, Pack, PackManifest, PermittedUse
from apps.recognition.engine.pipeline import PipelineConfig, ShardPipeline
from apps.recognition.evaluation.alerts import AlertShare

__all__ = [
    "AcceleratorNotActive",
    "AlertShare",
    "BatchResult",
    "Blurred",
    "CameraCount",
    "Detections",
    "EnrolmentFace",
    "EnrolmentRefused",
    "Evidence",
    "EvidenceGrade",
    "FaceRemains",
    "Frame",
    "GenuineCount",
    "GroupEvidence",
    "ImpostorCount",
    "NotAPicture",
    "Pack",
    "PackError",
    "PackFileMissing",
    "PackHashMismatch",
    "PackLicenceMissing",
    "PackManifest",
    "PackManifestInvalid",
    "PackUsedAfterFork",
    "PermittedUse",
    "PipelineConfig",
    "Probe",
    "Quality",
    "RefusalCode",
    "ShardPipeline",
]
