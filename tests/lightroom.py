"""What Lightroom Classic leaves, made by the tests: catalogs, sidecars, develop settings."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from params.xmp_packet import CRS, RDF

# The tables and columns that are read, and some that aren't, as Lightroom Classic 13 has them.
SCHEMA = """
CREATE TABLE AgLibraryRootFolder (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  absolutePath UNIQUE NOT NULL DEFAULT '', name NOT NULL DEFAULT '', relativePathFromCatalog);
CREATE TABLE AgLibraryFolder (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  parentId INTEGER, pathFromRoot NOT NULL DEFAULT '', rootFolder INTEGER NOT NULL DEFAULT 0,
  visibility INTEGER);
CREATE TABLE AgLibraryFile (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  baseName NOT NULL DEFAULT '', errorMessage, errorTime, extension NOT NULL DEFAULT '',
  externalModTime, folder INTEGER NOT NULL DEFAULT 0, idx_filename NOT NULL DEFAULT '',
  importHash, lc_idx_filename NOT NULL DEFAULT '', lc_idx_filenameExtension NOT NULL DEFAULT '',
  md5, modTime, originalFilename NOT NULL DEFAULT '', sidecarExtensions);
CREATE TABLE Adobe_images (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  aspectRatioCache NOT NULL DEFAULT -1, bitDepth NOT NULL DEFAULT 0, captureTime,
  colorLabels NOT NULL DEFAULT '', copyCreationTime NOT NULL DEFAULT -63113817600, copyName,
  copyReason, developSettingsIDCache, fileFormat NOT NULL DEFAULT 'unset', fileHeight, fileWidth,
  masterImage INTEGER, orientation, originalCaptureTime, originalRootEntity INTEGER,
  pick NOT NULL DEFAULT 0, positionInFolder NOT NULL DEFAULT 'z', propertiesCache, rating,
  rootFile INTEGER NOT NULL DEFAULT 0, sidecarStatus, touchCount NOT NULL DEFAULT 0,
  touchTime NOT NULL DEFAULT 0);
CREATE TABLE Adobe_imageDevelopSettings (id_local INTEGER PRIMARY KEY, allowFastRender INTEGER,
  beforeSettingsIDCache, croppedHeight, croppedWidth, digest, fileHeight, fileWidth,
  grayscale INTEGER, hasDevelopAdjustments INTEGER, hasDevelopAdjustmentsEx,
  hasMasks INTEGER NOT NULL DEFAULT 0, historySettingsID, image INTEGER, processVersion,
  settingsID, snapshotID, text, validatedForVersion, whiteBalance);
CREATE INDEX index_Adobe_imageDevelopSettings_image ON Adobe_imageDevelopSettings( image );
CREATE TABLE Adobe_AdditionalMetadata (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  additionalInfoSet INTEGER NOT NULL DEFAULT 0, embeddedXmp INTEGER NOT NULL DEFAULT 0,
  externalXmpIsDirty INTEGER NOT NULL DEFAULT 0, image INTEGER,
  isRawFile INTEGER NOT NULL DEFAULT 0, metadataVersion, xmp NOT NULL DEFAULT '');
CREATE INDEX index_Adobe_AdditionalMetadata_imageAndStatus
  ON Adobe_AdditionalMetadata( image, externalXmpIsDirty );
CREATE TABLE AgHarvestedExifMetadata (id_local INTEGER PRIMARY KEY, image INTEGER, aperture,
  cameraModelRef INTEGER, cameraSNRef INTEGER, dateDay, dateMonth, dateYear, isoSpeedRating);
CREATE INDEX index_AgHarvestedExifMetadata_image ON AgHarvestedExifMetadata( image );
CREATE TABLE AgInternedExifCameraModel (id_local INTEGER PRIMARY KEY, searchIndex, value);
CREATE TABLE AgLibraryCollection (id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '',
  genealogy NOT NULL DEFAULT '', imageCount, name NOT NULL DEFAULT '', parent INTEGER,
  systemOnly NOT NULL DEFAULT '');
CREATE TABLE AgLibraryCollectionImage (id_local INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL DEFAULT 0, image INTEGER NOT NULL DEFAULT 0,
  pick NOT NULL DEFAULT 0, positionInCollection NOT NULL DEFAULT 'z');
"""
EDIT: Mapping[str, Any] = {
    "ProcessVersion": "11.0",
    "WhiteBalance": "As Shot",
    "Exposure2012": 0.5,
    "Contrast2012": 25,
    "Highlights2012": -40,
    "Vibrance": 12,
}


@dataclass
class Picture:
    """A row of Adobe_images with what hangs on it. packet: bytes for Adobe_AdditionalMetadata."""

    name: str
    folder: str = ""
    settings: Mapping[str, Any] | str | None = field(default_factory=lambda: EDIT)
    packet: bytes | str = ""
    rating: float | None = None
    pick: float = 0.0
    taken: str | None = "2024-05-01T10:00:00"
    camera: str | None = "Simulated Camera"
    master: int | None = None
    collection: str | None = None
    masks: int = 0


def lua(value: Any) -> str:
    """A value as Lightroom writes it in its catalogs."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n") + '"'
    if isinstance(value, Mapping):
        return "{ " + ",\n".join(f"{key} = {lua(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "{ " + ",\n".join(lua(item) for item in value) + " }"
    return repr(value)


def write_catalog(
    path: Path, root: str, pictures: Iterable[Picture], *, relative: str | None = None
) -> None:
    """A catalog of pictures below one root folder; their ids count from 1."""
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
        add_pictures(db, root, pictures, relative=relative)
    db.close()


def add_pictures(
    db: sqlite3.Connection,
    root: str,
    pictures: Iterable[Picture],
    *,
    relative: str | None = None,
    first: int = 1,
) -> None:
    """Rows for the pictures, and the folder, camera and collection rows they need."""
    known: dict[tuple[str, str], int] = {}

    def once(table: str, label: str, **values: Any) -> int:
        """The row of a name in a table, made where it is not there; its id."""
        if (table, label) not in known:
            known[table, label] = key = 1_000_000 + first + len(known)
            values = {"id_local": key, **values}
            marks = ", ".join("?" * len(values))
            columns = ", ".join(values)
            db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))
        return known[table, label]

    root_key = once(
        "AgLibraryRootFolder",
        root,
        id_global=f"ROOT-{first}",
        absolutePath=root,
        name="root",
        relativePathFromCatalog=relative,
    )
    for number, picture in enumerate(pictures, start=first):
        base, _, extension = picture.name.rpartition(".")
        folder = once(
            "AgLibraryFolder",
            picture.folder,
            id_global=f"FOLDER-{first}-{picture.folder}",
            pathFromRoot=picture.folder,
            rootFolder=root_key,
        )
        db.execute(
            "INSERT INTO AgLibraryFile (id_local, id_global, baseName, extension, folder)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, f"FILE-{number}", base, extension, folder),
        )
        text = picture.settings
        db.execute(
            "INSERT INTO Adobe_images (id_local, id_global, captureTime, fileFormat, masterImage,"
            " pick, rating, rootFile, developSettingsIDCache) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                number,
                f"{number:08X}-1234-5678",
                picture.taken,
                "RAW",
                picture.master,
                picture.pick,
                picture.rating,
                number,
                number,
            ),
        )
        if text is not None:
            written = text if isinstance(text, str) else f"s = {lua(text)}\n"
            db.execute(
                "INSERT INTO Adobe_imageDevelopSettings (id_local, image, text, hasMasks)"
                " VALUES (?, ?, ?, ?)",
                (number, number, written, picture.masks),
            )
        if picture.packet:
            db.execute(
                "INSERT INTO Adobe_AdditionalMetadata (id_local, id_global, image, xmp)"
                " VALUES (?, ?, ?, ?)",
                (number, f"META-{number}", number, picture.packet),
            )
        if picture.camera:
            camera = once(
                "AgInternedExifCameraModel",
                picture.camera,
                value=picture.camera,
                searchIndex=picture.camera.lower(),
            )
            db.execute(
                "INSERT INTO AgHarvestedExifMetadata (id_local, image, cameraModelRef)"
                " VALUES (?, ?, ?)",
                (number, number, camera),
            )
        if picture.collection:
            collection = once("AgLibraryCollection", picture.collection, name=picture.collection)
            db.execute(
                "INSERT INTO AgLibraryCollectionImage (id_local, collection, image)"
                " VALUES (?, ?, ?)",
                (number, collection, number),
            )


def packet(attributes: Mapping[str, object], children: str = "", more: str = "") -> bytes:
    """An XMP packet as Lightroom writes it, of crs: attributes, elements and other attributes."""
    written = " ".join(f'crs:{name}="{value}"' for name, value in attributes.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
        ' xmlns:exif="http://ns.adobe.com/exif/1.0/"'
        ' xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        f' xmlns:crs="{CRS}" {more} {written}>{children}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()
