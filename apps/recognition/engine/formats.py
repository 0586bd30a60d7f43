"""What a file is by its first bytes, where it is nothing that is read: its sender is told by name."""

from __future__ import annotations

import re

RAW = "a camera's raw format"
BIOMETRIC = "a biometric record (NIST, ISO)"
ARCHIVE = "an archive"
VIDEO = "a video"

STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "an office document"),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"\xff\xa0", "WSQ (fingerprints)"),
    (b"FMR\x00", "a record of fingerprints"),
    (b"FIR\x00", "a record of fingerprints"),
    (b"FAC\x00", BIOMETRIC),
    (b"1.001:", BIOMETRIC),
    (b"1.01:", BIOMETRIC),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG or XML"),
    (b"<", "a web page"),
    (b"\x1aE\xdf\xa3", VIDEO),
    (b"\x00\x00\x01\xba", VIDEO),
    (b"II*\x00\x10\x00\x00\x00CR", RAW),
    (b"FUJIFILM", RAW),
    (b"IIU\x00", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"FOVb", RAW),
    (b"\x00MRM", RAW),
    (b"\x00\x05\x16\x07", "a companion file of a Mac (its name begins with ._)"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut to a file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"icns", "an icon"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (b"AT&TFORM", "DjVu"),
    (b"data:image", "a picture written as text (base64)"),
    (b"/9j/", "a picture written as text (base64)"),
    (b"iVBORw0KGgo", "a picture written as text (base64)"),
)
HEIC = re.compile(rb"hei[cmsx]|hev[cmsx]|mif[12]|msf1")
# Of the marker that begins a JPEG's picture: those that no usual reader decodes.
JPEG_KINDS = {
    0xC3: "a lossless JPEG",
    0xC5: "a hierarchical JPEG",
    0xC6: "a hierarchical JPEG",
    0xC7: "a hierarchical JPEG",
    0xCB: "a lossless JPEG",
    0xCD: "a hierarchical JPEG",
    0xCE: "a hierarchical JPEG",
    0xCF: "a hierarchical JPEG",
    0xF7: "JPEG-LS",
}
JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}
MOST_SEGMENTS = 2_000


def foreign_format(data: bytes) -> str:
    """The name of a format that is not read, or nothing."""
    if not data:
        return "an empty file"
    head = data[:200]
    if head[4:8] == b"ftyp":
        return _of_a_container(head[8:40])
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return f"{VIDEO} or a sound"
    if head[128:132] == b"DICM":
        return "DICOM (a medical picture)"
    if head.startswith(b"\xff\xd8"):
        return _rare_jpeg(data)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t ")
    if text.startswith(b"<") and b"NISTBiometric" in data[:2_000]:
        return BIOMETRIC
    return next((name for magic, name in STARTS if head.startswith(magic) or text.startswith(magic)), "")


def _of_a_container(brands: bytes) -> str:
    if b"avif" in brands or b"avis" in brands:
        return ""
    if brands.startswith(b"crx "):
        return RAW
    return "HEIC (the iPhone's own format)" if HEIC.search(brands) else VIDEO


def _rare_jpeg(data: bytes) -> str:
    """The name of a kind of JPEG that no usual reader decodes: by its frame header, which is looked for."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 5 > len(data) or data[at] != 0xFF:
            return ""
        marker = data[at + 1]
        if marker in JPEG_FRAMES:
            return "a JPEG of 12 bits a colour" if data[at + 4] == 12 else JPEG_KINDS.get(marker, "")
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return ""
