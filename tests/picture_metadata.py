"""What a camera and its owner have written into a picture, for tests of files that carry it."""

from imaging.exif_ifd import ASCII, RATIONAL, SHORT, Field
from imaging.metadata import Metadata

METADATA = Metadata(
    image={
        271: Field(ASCII, b"Maker\0"),
        272: Field(ASCII, b"Model 1\0"),
        306: Field(ASCII, b"2024:05:06 07:08:09\0"),
        315: Field(ASCII, "Zoë\0".encode()),
    },
    exif={
        33434: Field(RATIONAL, (1, 640)),
        33437: Field(RATIONAL, (63, 10)),
        34855: Field(SHORT, (3200,)),
        36867: Field(ASCII, b"2024:05:06 07:08:09\0"),
        42036: Field(ASCII, b"Lens 1\0"),
    },
    gps={
        0: Field(1, (2, 3, 0, 0)),
        1: Field(ASCII, b"N\0"),
        2: Field(RATIONAL, (48, 1, 30, 1, 0, 1)),
        3: Field(ASCII, b"E\0"),
        4: Field(RATIONAL, (8, 1, 15, 1, 0, 1)),
        27: Field(7, b"ASCII\0\0\0GPS"),
    },
)
PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)
