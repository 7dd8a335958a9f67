"""The words experts use for places and qualities, as data: a trailing `*` stands for any ending.

`REGIONS` and `ASPECTS` map the closed sets of `core.types` to words. The polarity lists say how a word
speaks of an image: `DEFECTS` are bad to have, `MERITS` good to have more of, `GOOD` and `BAD` are judgements
in themselves, `LESS` turns what follows round, `EXCESS` makes anything bad.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

REGION_WORDS: Mapping[str, str] = {
    "global": "global* overall whole entire* image-wide scene-wide general",
    "face": """
        face faces facial* cheek* nose forehead lips lip mouth jaw* chin beard mustache* moustache* ear
        ears portrait
    """,
    "skin": "skin pores complexion",
    "hair": "hair hairs hairline sideburn* strand strands haircut curls fringe bangs",
    "eyes": "eye eyes eyebrow* eyelash* eyelid* iris irises pupil pupils lash lashes brow brows",
    "neck": "neck necks collarbone throat",
    "body": "body arm arms hand hands finger* shoulder* torso leg legs limb* wrist* elbow* chest feet",
    "clothing": """
        clothing clothes cloth garment* shirt* sweater* dress* fabric* textile* jacket* coat* sleeve* lace
        skirt* collar* suit tie scarf hat knit knitted blouse* jeans trousers denim hem
    """,
    "background": "background* backdrop* surroundings sky skies cloud* horizon",
    "text": """
        text texts letter* signage sign signs caption* character* calendar inscription* writing typography
    """,
    "foliage": """
        foliage leaf leaves grass* vegetation plant plants greenery tree trees flower* petal* bush*
        branch* lawn venation shrub*
    """,
    "building": """
        building* architect* facade* façade* roof* brick* skyscraper* tower* glass house houses
    """,
    "object": """
        object* railing* vehicle* car cars chair* furniture table wood wooden food fence* lamp* fixture*
        wheel
    """,
    "shadows": "shadow* low-light underlit mid-to-dark mid-dark mid-tone* midtone* dark-area* darks",
}

ASPECT_WORDS: Mapping[str, str] = {
    "sharpness": """
        sharpness sharp sharper sharpest clarity clearer crisp* blur blurr* blurring focus resolution
        resolve* definition detail details detailed acutance soft softer softness legib* readab*
        high-frequency well-defined
    """,
    "texture": "texture* textural textured texturing pores weave grainless",
    "noise": """
        noise noisy noisier noiseless grain graininess grainy grainier speckle* signal-to-noise snr
        denois*
    """,
    "artifacts": """
        artifact* artefact* artifacting halo halos haloes haloing ringing smear* smudg* banding moire
        moiré blocking blocky over-sharpen* oversharpen* alias* jagg* fringing pixelat* posteriz*
        posteris* compression smoothed over-smooth* oversmooth* oil-painting painterly distort*
    """,
    "realism": """
        realism realistic* natural* unnatural* authentic* artificial* lifelike plastic* waxy fake
        believab* faithful*
    """,
    "exposure": """
        exposure* exposed overexpos* over-expos* underexpos* under-expos* brightness bright brighter dark
        darker highlight* tonal tones luminance clipp* clips blown lighting illuminat* gradation
        dynamic-range
    """,
    "contrast": "contrast* depth flat flatter haze hazy punch*",
    "color": """
        color* colour* hue hues saturat* oversaturat* over-saturat* undersaturat* desaturat* tint* cast
        white-balance vivid vibran* washed_out chroma*
    """,
    "quality": """
        quality perception preference* aesthetic* impression preferred decision better best weaker
        superior
    """,
}

FAINT_ASPECTS: Mapping[str, tuple[str, str]] = {
    "sharpness": ("detail details detailed soft softer softness high-frequency", "texture"),
    "realism": ("natural* unnatural* faithful*", "any"),
    "contrast": ("flat flatter hazy haze", "any"),
    "quality": (
        "quality perception preference* aesthetic* impression preferred decision better best weaker superior",
        "any",
    ),
}
"""Words that name an aspect only where nothing else ("any"), or not that other aspect, is named."""

MERITS = """
    detail details sharpness clarity texture* definition resolution fidelity realism naturalness
    legibility readability contrast depth quality precision continuity coherence richness authenticity
    separation structure* crispness accuracy integrity gradation* transition* preservation retention
    balance dimensionality acutance vibrancy focus rendering rendition exposure information noise_control
    smoothness preserved-ness volume latitude performance appearance look experience pleasantness
"""
DEFECTS = """
    noise grain graininess artifact* artefact* halo* ringing smear* smudg* blur* softness haze fog banding
    band ghosting blocking blockiness posteriz* posteris* moire moiré aliasing over-sharpen* oversharpen*
    over-smooth* oversmooth* over-process* overprocess* smoothing speckle* distort* clipp* clips blown
    blown_out overexpos* over-expos* underexpos* under-expos* cast tint discontinuit* degradation
    pixelation pixelated compression fringing aberration* glitch* defect* flaw* issue* problem* error*
    pseudo-texture* oil-painting oil_painting crush* unevenness dullness flatness darkening unnaturalness
    inconsistenc* vignetting dark_edges edge_enhancement seepage bleed* discomfort exaggeration
    instability gaps breaks blocky streak* mottl* jaggies shake
"""
GOOD = """
    punchy reproduc* recover* sharp sharper sharpest crisp* clear clearer clearly_defined clean cleaner
    cleanly natural naturally natural-looking realistic* detailed fine finer finest finely rich richer
    pleasing pleasant accurate* faithful* authentic legible readable distinct defined well-* balanced
    refined vivid vibrant lifelike true-to-life coherent continuous intact neutral comfortable harmonious
    better superior best excellent good great outperform* surpass* excel* exceed* beat* preserve*
    preserving retain* maintain* keep* hold* capture* resolv* reveal* advantage* deeper controlled
    believable convincing photographic three-dimensional organic delicate intricate uniform regular
    smooth_tones in_focus stable precise readily success* deliver* discernible open cohesive appealing
    positively enhance* enhanced improv* consistent artifact-free noise-free delineated undistorted
    moderate younger desirable preferable robust pure tidy true visually_good stands_out
"""
BAD = """
    unnatural* artificial* soft soften* softer noisy noisier grainy grainier flat flatter hazy hazier dull
    duller muddy washed_out plastic* waxy painterly oversaturat* over-saturat* undersaturat* desaturated
    poor poorer poorly worse worst inferior weak weaker fragmented broken jagged harsh* coarse* rough*
    uneven inconsistent incoherent fuzzy unrealistic fake synthetic unpleasant* distract* degrad* suffer*
    fall_short lifeless missing indistinct undefined ill-defined illegible unreadable mushy patchy blotchy
    crunchy cartoon* compromis* damage* detract* hurt* unsharp tinted insufficient* discontinuous
    intrusive deficient lag* discolored murky lossy lossier imprecise mediocre greenish yellowish bluish
    muted cold polished smoothed artificially uncomfortable undesirable heavy_processing gone merge*
    mangled garbled destroy* wiped lost loses_to bland lackluster inaccurate distorted overdone
    over-enhanced overemphas* outweighed exaggerat* unclear indiscernible faded thin aggressive
"""
LESS = """
    less fewer lower lesser reduce* reducing reduction* lack* lose* losing loss losses lost insufficient*
    poor poorer no not without never avoid* free_of minimal minimally minimi* suppress* absent absence
    devoid little few barely hardly limited diminish* remov* eliminat* prevent* sacrific* compromis*
    degrad* fail* low decreas* weaker wip* destroy* eras* obscur* worse inferior deficien* mitigat*
    missing cannot isn't doesn't don't aren't lowest least nothing undermin* impair* weaken* inadequate
    detract* unable worsen*
"""
LOST = "los* lack* missing gone wip* sacrific* destroy*"
"""What these words take is good to have."""
MORE = """
    more higher greater stronger better superior increased enhanc* improv* high strong richer heavier
    larger highest excellent stronger additional heaviest most
"""
EXCESS = "too overly excess* exaggerat* unnaturally artificially over"
KEEPING = """
    reproduc* recover* preserve* preserving retain* maintain* keep* hold* capture* deliver* reveal* enhance*
    resolv*
"""
STRONG = """
    severe* significant* heav* very extreme* strong* complete* total* markedly considerabl* far much
    pronounced prominent* substantial* serious* definitively clearly
"""
SLIGHT = """
    slight* minor mild* somewhat marginal* bit some subtle subtly potential* may possibly might moderate*
    faint*
"""
PREFER = """
    prefer* preferred selected selects chosen choose* winner wins favored favoured favors favours
"""
ALIKE = """
    similar* comparabl* equal* identical* same indistinguishable equivalent* par alike no_difference
    match* likewise as_as largely_consistent so_does
"""
FALSE_STARTS = re.compile(
    r"(?i)\s*(?:let me|let's|let us|i need to|i will|i'll|we need to|i should|first, i|the task|the question|"
    r"i am asked|we are asked|to (?:decide|determine)|now,? (?:i|let)|okay|please)\b"
)
"""Sentences that open so announce an examination; they claim nothing."""

PHRASES: Mapping[str, str] = {
    r"signal-to-noise(?: ratio)?": "noise_control",
    r"(?:noise|artifact|grain) (?:control|reduction|suppression|handling|management|filling|distribution)":
        "noise_control",
    r"(?:handl|manag|control|treat)(?:es?|s|ing) (?:the )?(?:noise|grain|artifacts?)": "noise_control",
    r"(?:free|freedom) (?:of|from)": "free_of",
    r"(?:well|better|nicely)[ -]controlled|kept in check|under control": "suppressed",
    r"well (?:exposed|defined|balanced|preserved|resolved|rendered|lit|detailed|kept|retained)": "well-done",
    r"washed[ -]out": "washed_out",
    r"blow(?:n|s|ing)(?:[ -]out)?": "blown_out",
    r"oil[ -]painting": "oil_painting",
    r"(?:in|better|good) focus": "in_focus",
    r"falls? (?:short|behind)|falling short": "fall_short",
    r"(?:edge|contrast) enhancement|pseudo[ -]texture\w*|(?:artificial|false) texture|noise amplification":
        "edge_enhancement",
    r"(?:black|dark|white|black-and-white)(?: edge)? (?:edges?|borders?|outlines?|halos?|lines|fringes?)":
        "dark_edges",
    r"(?:color|colour)(?:ed)? (?:cast|tint)": "cast",
    r"smooth(?:er)?(?: and natural)? (?:gradients?|gradations?|transitions?|tonal|tones)"
    r"|gradients? are smooth"
    r"|edges are smooth": "smooth_tones",
    r"(?:heavy|aggressive|digital) processing": "heavy_processing",
    r"flat(?: \w+)? (?:areas?|regions?|parts?|surfaces?|zones?|patches)": "there",
    r"smooth (?:areas?|regions?|surfaces?)": "there",
    r"no (?:\w+ ){0,2}differences?|not (?:\w+ ){0,2}differ(?:ent)?|no (?:\w+ )?(?:winner|advantage)":
        "no_difference",
    r"(?:hard|difficult|impossible) to (?:tell|distinguish)": "no_difference",
    r"(?:can't|cannot|can not|don't|do not|could not) (?:see|find|notice|perceive|spot) (?:any|a|much) "
    r"(?:\w+ )?difference": "no_difference",
    r"largely consistent|consistent (?:in|across|between) both": "largely_consistent",
    r"same (?:\w+ )?(?:scene|subject|photo|person|image|content|view|region|area|time)s?": "there",
    r"(?:so|as) (?:does|is|do)\b": "so_does",
    r"neither(?: \w+){1,3} (?:better|superior|preferred|preferable|best)": "no_winner",
    r"weaker overall|overall weaker": "inferior",
    r"stronger overall|overall stronger": "superior",
    r"little to no": "no",
    r"suffers? less": "less",
    r"suffers? more": "more",
    r"(?:hard|difficult|impossible) to (?:read|make out|see)": "illegible",
    r"easy to (?:read|make out)": "legible",
    r"not only|no doubt|not to mention|if not": "there",
    r"loses to": "loses_to",
    r"individually resolved|easily read|read easily": "legible",
    r"stands? out": "stands_out",
}  # fmt: skip
"""Phrases read as one word; `there` stands for words that judge nothing."""


class Words:
    """A list of words, endings open where a `*` stands; `in` asks whether a lower-case word is among them."""

    def __init__(self, listed: str) -> None:
        words = listed.split()
        self._whole = frozenset(word for word in words if not word.endswith("*"))
        self._stems = tuple(word[:-1] for word in words if word.endswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._stems)


def named(words: Iterable[str], table: Mapping[str, Words]) -> tuple[str, ...]:
    """The names of the table whose words occur, in the table's order."""
    listed = tuple(words)
    return tuple(name for name, known in table.items() if any(word in known for word in listed))


REGIONS: Mapping[str, Words] = {name: Words(listed) for name, listed in REGION_WORDS.items()}
ASPECTS: Mapping[str, Words] = {name: Words(listed) for name, listed in ASPECT_WORDS.items()}

TOPIC_PHRASES = (
    (re.compile(r"\b(?:washed|blown)[ -](?:out)\b"), " exposure "),
    (re.compile(r"\b(?:flat|dark|bright) (?:\w{1,20} )?(?:area|region|part|surface|zone)s?\b"), " "),
    (re.compile(r"\bskin tones?\b"), " color "),
    (re.compile(r"\bfabric detail|\bskin detail"), " texture "),
)
