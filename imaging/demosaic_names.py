"""The names of the ways to fill in a mosaic's missing colours; commands offer them."""

AUTO, GBTF, AHD = "auto", "gbtf", "ahd"
# LibRaw's own, by rawpy's names.
LIBRAW = {AHD: "AHD", "aahd": "AAHD", "dht": "DHT", "ppg": "PPG"}
DEMOSAICS = (AUTO, GBTF, *LIBRAW)
