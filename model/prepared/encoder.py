"""An encoder in ONNX, run by OpenCV's network engine on the CPU."""

import numpy as np


class OnnxEncoder:
    """A model input [3, S, S] float32 in 0..1 -> the pooled features [F] float32.

    OpenCV's engine is loaded with the rest of OpenCV, which decoding needs anyway.

    Args:
        onnx: of a batch of one, uint8 [bytes]; of our own making.

    Raises:
        ValueError: OpenCV does not read it.
    """

    def __init__(self, onnx: np.ndarray) -> None:
        import cv2

        try:
            self._net = cv2.dnn.readNetFromONNX(onnx)
        except cv2.error as error:
            raise ValueError(f"OpenCV does not read the encoder: {error}") from error

    def __call__(self, image: np.ndarray) -> np.ndarray:
        self._net.setInput(np.ascontiguousarray(image[None], np.float32))
        # A copy: the engine's own memory is written again by the next picture.
        return np.array(self._net.forward()[0], np.float32)
