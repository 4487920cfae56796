"""A JPEG of the last key frame. Called by `routes`; the decoding blocks and runs in a thread."""

from __future__ import annotations

import cv2

from sigap.node.decode import decode_still
from sigap.node.errors import CameraError
from sigap.node.frames import Frame

LARGEST_WIDTH = 1920
QUALITY = 85


def make_snapshot(frame: Frame) -> bytes:
    """JPEG bytes. Raises CameraError when the frame cannot be decoded."""
    picture = decode_still(frame.format.codec, frame.format.decoder_record, frame.payload)
    scale = min(1.0, LARGEST_WIDTH / picture.width)
    size = int(picture.width * scale), int(picture.height * scale)
    image = picture.reformat(*size, format="bgr24").to_ndarray()
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise CameraError("the picture cannot be encoded")
    return jpeg.tobytes()
