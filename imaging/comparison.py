"""At which size pictures are compared, and how near is near; nothing that computes."""

# Pixels; at this size the literature on FiveK gives its metrics.
SHORT_SIDE = 480
# Mean ΔE00 to the photographer's picture that counts as near.
TOLERANCE = 5.0
