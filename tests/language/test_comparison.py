"""Which side a statement favours: paraphrases of our own, written before the rules were tuned.

At first sight the rules got 73 of the 80 `PARAPHRASES` right, and 73 of the 85 of `LATER`, which were written
when the expert lines were already read well; the misses were then mended by general rules.
"""

import pytest

from twinlens.core.types import Favours
from twinlens.language.comparison import favoured_side, tokens, weighed


def side(text: str, topic: str = "") -> Favours | None:
    """The side a statement favours in all that it says."""
    segments = weighed(tokens(text), topic)
    terms = [(segment.subject, value) for segment in segments for value, _ in segment.terms]
    return favoured_side(terms, any(segment.equal for segment in segments))


PARAPHRASES = """
a | Image A (Left) is sharper than Image B (Right).
b | Image A (Left) is noisier than Image B (Right).
b | The picture on the right looks crisper than the left one.
a | The left image keeps fine hair strands, whereas the right image smears them.
b | A loses the pores that B keeps.
a | Unlike Image B, Image A shows no halos.
b | Image A shows halos; Image B does not.
a | Image A is sharp. Image B is not.
b | Compared to Image A, Image B has less noise.
a | Compared with the second image, the first image has fewer artifacts.
b | There is more grain in Image A than in Image B.
a | There is less grain in Image A than in Image B.
b | Detail is lost in Image A but preserved in Image B.
a | Noise is absent in Image A and visible in Image B.
same | Both images are equally sharp.
same | The two images are virtually identical in colour.
same | There is no visible difference between Image A and Image B.
same | Neither image shows banding.
same | Image A is on par with Image B.
same | Image A is as sharp as Image B.
b | Image A is not as sharp as Image B.
b | Both images are sharp, but Image B has slightly finer texture.
a | Both images show noise, but it is more pronounced in Image B.
b | Both show halos, though they are weaker in Image B.
a | Although Image B is sharper, Image A looks far more natural.
b | While Image A holds a little more detail, it suffers from severe ringing, and Image B is clean.
a | Image B is oversharpened, leaving halos around the branches.
b | Image A is waxy and plastic; pores are gone.
a | Image A renders skin without smoothing away the pores, unlike Image B.
b | Image A lacks the crispness of Image B.
a | Image A outperforms Image B in fine detail.
b | Image A falls short of Image B in clarity.
b | Image A is inferior to Image B.
a | Image A is superior to Image B.
a | I prefer Image A because of its colours.
b | Image B is the preferred one despite its softer look.
a | Photo 1 is well exposed, photo 2 is too dark.
b | Photo 1 is overexposed with blown highlights while photo 2 keeps the sky.
a | Image A has richer colours; Image B looks washed out.
b | Image A has a green cast, Image B is neutral.
b | Image A is oversaturated, whereas Image B has natural colours.
a | In Image B the letters are illegible, while they can be read easily in Image A and are well defined.
a | The lettering is more legible in Image A.
b | Banding is visible in the sky of Image A, whereas the gradient is smooth in Image B.
a | Image A minimizes ringing and avoids excessive smoothing.
b | Image A fails to reproduce the fabric weave, which Image B captures faithfully.
a | Image B introduces blocky compression artifacts not present in Image A.
b | Image A appears flatter, with lower contrast.
a | Image A has better noise suppression.
b | Image B exhibits a higher signal-to-noise ratio.
b | Image A has a lower signal-to-noise ratio.
a | Image A exhibits minimal noise and no loss of detail.
b | Image A exhibits insufficient detail and poor texture.
a | The former is crisp, the latter is soft.
b | A (Left) is blurry; B (Right) is in focus.
a | Left is clean. Right is grainy.
a | Image A retains more detail at the cost of some noise, while Image B is heavily smeared and blurred.
b | Image A has less detail and more noise.
a | Image A has more detail and less noise.
a | Image A has less noise and sharper edges.
b | Image A looks over-processed and artificial.
a | Image B is slightly softer.
b | Image A's shadows are crushed, Image B's shadows are open and detailed.
a | Chromatic noise is well controlled in Image A.
b | Artifacts are less evident in Image B.
a | Image B, which is blurred, loses to Image A.
a | Image A is better overall, while Image B is weaker overall.
b | Image A is mediocre; by contrast, Image B delivers excellent clarity.
a | Image A does not exhibit the smearing seen in Image B.
b | Image A is hardly free of artifacts, whereas Image B is clean.
same | Image A is sharper but noisier, while Image B is softer but cleaner.
b | The skin in Image A appears unnaturally smooth, while Image B shows authentic skin texture.
a | Image A offers a more lifelike and convincing look.
b | Edges are jagged in Image A and smooth in Image B.
a | Eyelashes are individually resolved in Image A, but merge into a blur in Image B.
b | Image A exhibits texture loss and detail degradation.
a | Image A keeps neutral tones neutral, Image B has a blue colour cast.
same | Both pictures suffer from the same amount of noise.
same | Sharpness is comparable across both images, with no noticeable blur in either.
a | The right photo is more blurred than the left photo.
"""
LATER = """
b | Image A exhibits noticeable chroma noise on the wall, in contrast to the clean wall in Image B.
a | Eyelashes and eyebrows remain distinct in Image A but blend together in Image B.
b | The grass in Image A looks like a green smear; Image B renders individual blades.
a | Image A keeps a natural balance of detail and noise, whereas Image B has been denoised too aggressively.
b | Image A appears to have lost the weave of the cloth, which remains visible in Image B.
a | Image B, although brighter, looks unnatural, and Image A stays closer to reality.
b | There are fewer jagged edges in Image B.
a | The first image delivers superior micro-contrast and separation.
b | The second image exhibits a wider dynamic range and better highlight detail.
same | Clothing detail is nearly the same in the two photos.
b | Image A has grain which obscures facial detail, whereas Image B is smoother with well-preserved pores.
a | Image A does a better job of suppressing moiré.
b | Image A's face has a waxy look lacking pores.
a | Image B displays dark outlines around the leaves that are not present in Image A.
b | Compared with Image B, Image A has poorer edge definition.
a | Image A is more faithful to the scene, with less haloing along the skyline.
b | Image A shows a purple tint in the shadows.
a | Image A has the advantage in the hair.
b | In the hair, B has the upper hand.
a | Image A is marginally sharper than Image B, though both are acceptable.
same | Both renderings handle the sky well with no banding.
b | Over-sharpening is evident in Image A, particularly around the glasses.
a | The brick wall is reproduced with finer granularity in Image A; Image B blurs it.
b | Image B has a cleaner appearance, and Image A has residual noise in the dark areas.
a | Image A contains a moderate amount of natural noise that preserves texture, while Image B looks painted.
b | The skin in Image A is blotchy and uneven.
a | Image B loses fine detail in the shadows.
b | Image A has lower clarity, while Image B has higher clarity.
same | It is difficult to tell the two images apart in terms of colour.
b | While both images are good, Image B edges ahead thanks to finer detail.
a | Image A gives a stronger sense of depth.
b | Image A gives a weaker impression due to its flat lighting.
a | Neither is perfect, but Image A has fewer artifacts.
b | Image A is acceptable, yet Image B is excellent.
a | Image B exhibits ghosting and double edges.
a | Image A's letters can be read clearly, unlike the smudged letters in Image B.
b | More noise can be seen in the left photo.
a | Less noise can be seen in the left photo.
b | Image B is preferred for its natural rendering.
a | Image B should not be preferred because its details are smeared.
a | Image A shows fewer or less noticeable artifacts.
a | Image A has little to no noise.
b | Image A struggles with the hair, whereas Image B reproduces individual strands.
a | The skin in Image B is over-smoothed to the point of looking like wax, but Image A keeps pores.
b | Image B is clearly the better of the two.
a | Compared to B, A exhibits cleaner shadows.
b | Image A's foliage turns to mush; Image B's leaves stay separate and crisp.
a | Image B has aggressive sharpening that leads to ringing around the letters.
same | Both photos are well exposed.
same | I see no meaningful difference in the background.
b | Noise is much lower in Image B.
b | Noise levels are higher in the left image.
a | Although slightly noisier, Image A retains far more detail than Image B.
b | Image A looks oversaturated and the skin tone is too red, while Image B is more true to life.
a | Image A handles noise better.
b | Image A does a poorer job of preserving texture.
a | Image A resolves the brick pattern; Image B does not.
a | The textures in Image A are more convincing than the textures in Image B.
b | Image A is a bit blurrier.
b | Image A is blurred, but Image B is even more detailed and clean.
same | Image A and Image B perform similarly in terms of exposure.
a | Image A wins on clarity.
b | Image A suffers more from blocking than Image B.
a | Image A suffers less from blocking than Image B.
b | Fine lines are broken in Image A but intact in Image B.
a | Image B blows out the highlights on the forehead.
a | Image A recovers the highlights that Image B clips.
b | Image A crushes the blacks, hiding detail.
b | Image A exhibits a muddy, low-contrast look compared with the punchy rendering of Image B.
a | In terms of sharpness, A > B.
a | Image B appears slightly more artificial than Image A.
b | Text in Image A is hard to read, while Image B's text is easy to read.
b | Image A has visible color fringing; this is not seen in Image B.
a | Image A is free from the ringing that affects Image B.
b | The left image introduces fake texture, and the right image does not.
same | The amount of noise is about the same in both.
a | Image A is not noisy, while Image B is.
a | The eyes in Image A are tack sharp; in Image B they are out of focus.
b | Image B exhibits fewer compression artifacts than its counterpart.
a | Image B's edges are marred by halos.
b | Image A is underexposed; Image B has better brightness.
a | Image A presents a smooth tonal transition, whereas Image B shows visible banding.
b | Image A tends to over-sharpen, producing crunchy edges.
a | Image A preserves detail without introducing noise.
b | Image A removes noise but also removes detail, leaving a plastic look; Image B strikes a better balance.
"""
CASES = [
    tuple(part.strip() for part in line.split("|", 1)) for line in (PARAPHRASES + LATER).split("\n") if line
]


@pytest.mark.parametrize(("favours", "text"), CASES)
def test_a_paraphrase_favours_the_side_a_reader_would_say(favours: str, text: str) -> None:
    assert side(text) == favours


OURS = """
keeps crisp, fine detail at the edges (62 %) | is softer (41 %)
is cleaner in the flat areas (1.2 code values of noise) | shows more noise (4.1 code values)
holds more fine texture (5.1) | has lost fine texture (2.2)
renders edges without visible halos (0.3 %) | shows halos beside its edges (8 %)
is free of block artifacts | shows 8 x 8 block artifacts
has smooth gradients | shows banding in its gradients
keeps its texture | is smeared, its texture wiped away
keeps detail in highlights and shadows (0.1 % clipped) | clips highlights (6 % blown out)
is well exposed | is too dark
is well exposed | is too bright
has more depth and contrast | looks flat
keeps neutral tones neutral | has a blue colour cast
has natural colours | is oversaturated
has natural colours | looks washed out
shows little coloured speckle | shows coloured speckle
is better overall | is weaker overall
"""
PHRASES = [tuple(part.strip() for part in line.split("|")) for line in OURS.strip().splitlines()]


@pytest.mark.parametrize(("good", "bad"), PHRASES)
def test_every_phrase_of_our_metrics_favours_the_better_side_by_itself_and_in_a_pair(
    good: str, bad: str
) -> None:
    assert side(f"Image A (Left) {good}, while Image B (Right) {bad}.") == "a"
    assert side(f"Image A (Left) {bad}, while Image B (Right) {good}.") == "b"
    assert side(f"Image A (Left) {good}.") == "a"
    assert side(f"Image A (Left) {bad}.") == "b"


def test_looking_the_same_favours_neither() -> None:
    assert side("Image A (Left) looks the same, while Image B (Right) looks the same.") == "same"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Let me look at the images.",
        "Image A is on the left.",
        "Both images show the same scene.",
        "A cat sleeps.",
    ],
)
def test_a_sentence_without_quality_words_favours_nothing(text: str) -> None:
    assert side(text) is None


@pytest.mark.parametrize(
    ("word", "text", "favours"),
    [
        ("noise", "higher in Image A", "b"),
        ("sharpness", "higher in Image A", "a"),
        ("noise", "less so in Image A", "a"),
    ],
)
def test_a_bare_comparison_speaks_of_what_the_heading_names(word: str, text: str, favours: str) -> None:
    assert side(text, word) == favours
