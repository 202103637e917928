"""How near is near: the one place where tests take their tolerances from."""

# Stored pictures: half a step is what rounding costs, one step what two roundings cost.
ONE_CODE_8 = 1 / 255
ONE_CODE_16 = 1 / 65535
# "Identity at neutral" and "equal to the whole", as the specification of process 1 has it.
IDENTITY = 1e-6
# float32 arithmetic against the same formula in float64, values about 1.
FLOAT32 = 3e-6
# float64 arithmetic against another way to write the same formula.
FLOAT64 = 1e-12
# The 1024-entry table of a tone curve against the curve: half its step, where the slope is 1.
CURVE_TABLE = 0.5 / 1023
# Where an edited picture lies, in pixels of the RAW picture.
PLACE_PIXELS = 0.35
# Demosaicked pictures against the scene they were made from, mean over the picture.
DEMOSAIC_MEAN = 0.01
# Relative brightness of a smooth patch through a RAW file.
BRIGHTNESS = 0.01
