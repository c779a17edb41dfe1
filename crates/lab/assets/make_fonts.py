"""Makes SwingupSans-{Regular,SemiBold}.otf: a renamed subset of Inter with the few mathematical glyphs it lacks.

    pip install fonttools==4.68.0
    python make_fonts.py INTER_FOLDER NotoSansMath-Regular.ttf

INTER_FOLDER holds Inter-Regular.otf, Inter-SemiBold.otf and Inter-Bold.otf (Debian package fonts-inter); Noto Sans
Math is in fonts-noto-core. Nabla is Inter's own Delta upside down, raised letters are small letters of the next weight;
the rest comes from Noto Sans Math.
"""

import sys

from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FAMILY = "Swingup Sans"
KEEP = (
    list(range(0x20, 0x7F))
    + list(range(0xA0, 0x100))
    + [c for c in range(0x391, 0x3D7)]
    + [ord(c) for c in "ẋẍẏŷâêîôûẑŵẆẇŁłŠšŽžČčŘřĚěŐőŰűŌōĀā"]
    + [0x302, 0x303, 0x304, 0x307, 0x308]
    + [ord(c) for c in "‐‑‒–—―‖‘’‚“”„†‡•…‰′″‹›⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥˣʸ€ℓ™←↑→↓↔⇒⇔"]
    + [ord(c) for c in "∂∆∏∑−√∞∫≈≠≡≤≥≪≫∼≃△▲●○■□◆◇★"]
)
FROM_MATH = "∈∝⟨⟩∘∥∀∃⊂∪∩≺≽⌊⌋⌈⌉"


def add(font, char, source, glyph, transform):
    """Draws `glyph` of `source`, transformed, into `font` as `char`."""
    if ord(char) in font.getBestCmap():
        return
    name = f"uni{ord(char):04X}"
    scale = font["head"].unitsPerEm / source["head"].unitsPerEm
    glyphs = source.getGlyphSet()
    transform = transform.scale(scale, scale)
    width = round(glyphs[glyph].width * transform[0])
    pen = T2CharStringPen(width, None)
    glyphs[glyph].draw(TransformPen(pen, transform))
    top = font["CFF "].cff.topDictIndex[0]
    charstring = pen.getCharString(private=top.Private, globalSubrs=top.GlobalSubrs)
    top.CharStrings.charStringsIndex.append(charstring)
    top.CharStrings.charStrings[name] = len(top.CharStrings.charStringsIndex) - 1
    font.setGlyphOrder(font.getGlyphOrder() + [name])
    top.charset = font.getGlyphOrder()
    font["hmtx"][name] = (width, 0)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(char)] = name


def dotted(font):
    """Time derivatives of tall Greek letters: without this the dots of a rate would stand inside the letter."""
    cmap, glyphs = font.getBestCmap(), font.getGlyphSet()
    top = font["CFF "].cff.topDictIndex[0]
    rules = []
    for base in "θφψλβδ":
        for mark in "\u0307\u0308":
            letter, dots = cmap[ord(base)], cmap[ord(mark)]
            name = f"{letter}.{dots}"
            boxes = []
            for glyph in (letter, dots):
                pen = BoundsPen(glyphs)
                glyphs[glyph].draw(pen)
                boxes.append(pen.bounds)
            (left, _, right, height), (first, bottom, last, _) = boxes
            dx = (left + right - first - last) / 2
            dy = height + 0.5 * (bottom - font["OS/2"].sxHeight) + 60 - bottom
            pen = T2CharStringPen(round(glyphs[letter].width), None)
            glyphs[letter].draw(pen)
            glyphs[dots].draw(TransformPen(pen, Transform(1, 0, 0, 1, dx, dy)))
            charstring = pen.getCharString(private=top.Private, globalSubrs=top.GlobalSubrs)
            top.CharStrings.charStringsIndex.append(charstring)
            top.CharStrings.charStrings[name] = len(top.CharStrings.charStringsIndex) - 1
            font.setGlyphOrder(font.getGlyphOrder() + [name])
            top.charset = font.getGlyphOrder()
            font["hmtx"][name] = (round(glyphs[letter].width), 0)
            rules.append(f"sub {letter} {dots} by {name};")
    code = "feature ccmp { " + " ".join(rules) + " } ccmp;"
    addOpenTypeFeaturesFromString(font, code, tables=["GSUB"])


def make(folder, weight, heavier, math):
    font = TTFont(f"{folder}/Inter-{weight}.otf")
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = ["*"]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=KEEP)
    subsetter.subset(font)

    cmap = font.getBestCmap()
    delta = font.getGlyphSet()[cmap[0x394]]
    height = font["OS/2"].sCapHeight
    heavy = TTFont(f"{folder}/Inter-{heavier}.otf")
    add(font, "∇", font, delta.name, Transform(1, 0, 0, -1, 0, height))
    for char, letter in zip("ᵀᵃᵇᶜᵈᵉʰʲᵏˡᵐᵖʳˢᵗᵘᵛʷᶻ", "Tabcdehjklmprstuvwz"):
        raised = Transform().translate(0, 0.42 * height).scale(0.6)
        add(font, char, heavy, heavy.getBestCmap()[ord(letter)], raised)
    for char in FROM_MATH:
        if ord(char) not in font.getBestCmap():
            add(font, char, math, math.getBestCmap()[ord(char)], Transform())

    dotted(font)

    names = font["name"]
    names.names = []
    for key, text in {
        0: "Copyright (c) 2016 The Inter Project Authors; a few mathematical glyphs: Copyright 2018 Google LLC (Noto Sans Math). Modified and renamed.",
        1: FAMILY if weight == "Regular" else f"{FAMILY} {weight}",
        2: "Regular",
        3: f"{FAMILY} {weight} 1",
        4: f"{FAMILY} {weight}",
        5: "Version 1.000",
        6: f"SwingupSans-{weight}",
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
        16: FAMILY,
        17: weight,
    }.items():
        names.setName(text, key, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [f"SwingupSans-{weight}"]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName, top.Weight = f"{FAMILY} {weight}", FAMILY, weight
    top.Notice = top.Copyright = "SIL Open Font License 1.1"
    font["head"].created = font["head"].modified = 3786912000  # the same bytes whenever it is made
    font.recalcTimestamp = False
    font.save(f"SwingupSans-{weight}.otf")


if __name__ == "__main__":
    folder, path = sys.argv[1:]
    math = TTFont(path)
    make(folder, "Regular", "SemiBold", math)
    make(folder, "SemiBold", "Bold", math)
