"""A JPEG of one picture. Called by the routes; the decoding blocks and runs in a thread."""

from __future__ import annotations

import cv2
from av.video.frame import VideoFrame

from sigap.node.decode import decode_still
from sigap.node.errors import CameraError
from sigap.node.frames import Frame
from sigap.node.media.burn import Masks, burn_masks

LARGEST_WIDTH = 1920
QUALITY = 85


def make_snapshot(frame: Frame, masks: Masks = ()) -> bytes:
    """JPEG bytes. Raises CameraError when the frame cannot be decoded, MaskingFailed."""
    picture = decode_still(frame.format.codec, frame.format.decoder_record, frame.payload)
    return jpeg_of(picture, masks)


def jpeg_of(picture: VideoFrame, masks: Masks = (), *, width: int = LARGEST_WIDTH) -> bytes:
    """Scaled down to `width`, never up. Raises CameraError, MaskingFailed."""
    scale = min(1.0, width / picture.width)
    size = max(2, int(picture.width * scale)), max(2, int(picture.height * scale))
    if masks:
        size = size[0] // 2 * 2, size[1] // 2 * 2
        picture = burn_masks(picture, masks, size=size)
    image = picture.reformat(*size, format="bgr24").to_ndarray()
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise CameraError("the picture cannot be encoded")
    return jpeg.tobytes()
