"""Headings of made-up rationales, in the form of the challenge's experts."""

REGIONS = ("Face", "Hair", "Skin", "Eyes", "Background", "Clothing", "Foliage", "Global", "Building", "Text")
ASPECTS = ("Sharpness", "Texture", "Noise", "Artifacts", "Realism", "Exposure", "Contrast", "Color")
