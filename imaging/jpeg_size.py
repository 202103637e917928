"""The size that a JPEG says it has, before a decoder takes memory for it (ITU-T T.81, B.2.2)."""

# Start of frame of all kinds but DHT (C4), JPG (C8) and DAC (CC), which have the numbers between.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length
_START_OF_SCAN = 0xDA


def jpeg_size(head: bytes) -> tuple[int, int] | None:
    """Height and width from the beginning of a JPEG; None where no frame starts in it."""
    place = 0
    while place + 4 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker == 0xFF:  # filling
            place += 1
        elif marker in _ALONE:
            place += 2
        elif marker == _START_OF_SCAN:
            return None
        elif marker in _FRAMES:
            size = head[place + 5 : place + 9]
            return (
                (int.from_bytes(size[:2], "big"), int.from_bytes(size[2:], "big"))
                if len(size) == 4
                else None
            )
        else:
            place += 2 + max(2, int.from_bytes(head[place + 2 : place + 4], "big"))
    return None
