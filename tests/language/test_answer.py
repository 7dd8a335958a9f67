"""Which answer a text gives, and when it gives none."""

import pytest

from twinlens.language.answer import last_answer, without_answers

ANSWERS = [
    ("<thinking>x</thinking>\n<answer>A</answer>", "a"),
    ("<think>x</think><answer>B</answer>", "b"),
    ("<answer>A</answer> no: <answer>B</answer>", "b"),
    ("<answer>B</answer> <answer>A or B</answer>", "b"),
    ("<answer>Image A</answer>", "a"),
    ("<answer>\nA.\n</answer>", "a"),
    ("<answer>Left</answer>", "a"),
    ("<answer>**B**</answer>", "b"),
    ("<answer>Image B (Right)</answer>", "b"),
    ("<answer>b</answer>", "b"),
    ("<ANSWER> A </ANSWER>", "a"),
    ("<answer>A", "a"),
    ("<answer>the right image</answer>", "b"),
    ("<answer>Image 2</answer>", "b"),
    ("<answer>TIE</answer>", "same"),
    ("<answer>same</answer>", "same"),
    ("<answer>A or B</answer>", None),
    ("<answer>A/B</answer>", None),
    ("<answer>both</answer>", None),
    ("<answer>A and B</answer>", None),
    ("<answer>A (Right)</answer>", None),
    ("<answer></answer>", None),
    ("<answer>C</answer>", None),
    ("<answer>not A</answer>", None),
    ("<answer>Neither A nor B</answer>", None),
    ("<answer>A clear case</answer>", None),
    ("Answer: A", "a"),
    ("**Final Answer:** Image B", "b"),
    ("The final answer is B.", "b"),
    ("Final answer: A\nOn reflection.\nFinal answer: B", "b"),
    ("\\boxed{A}", "a"),
    ("$\\boxed{\\text{B}}$", "b"),
    ('{"answer": "A"}', "a"),
    ('```json\n{"reason": "x", "answer": "B"}\n```', "b"),
    ("Answer: A or B", None),
    ("Answer: A/B", None),
    ("The better image is the left one.", "a"),
    ("I would choose Image B.", "b"),
    ("A", "a"),
    ("**B**", "b"),
    ("A.", "a"),
    ("Answer: A, because Image B is noisier.", "a"),
    ("Answer: A clear difference shows.", None),
    ("Final answer: A <answer>B</answer>", "b"),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_the_last_well_formed_answer_counts(text: str, answer: str | None) -> None:
    assert last_answer(text) == answer


def test_answers_are_taken_out_of_the_text_and_nothing_else() -> None:
    assert without_answers("x<answer>A</answer>y<answer>z").split() == ["x", "y", "z"]
