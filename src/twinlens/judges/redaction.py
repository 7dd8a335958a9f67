"""A secret taken out of foreign text, in the forms in which a program may send it back.

These are the secret itself in any case; any of its characters escaped as JSON, URLs, C, HTML or mail do, also
twice; its characters with signs, breaks of lines, tags or colours between them; base64 of a text that holds
it, such as a header, on any number of lines; the numbers of its characters, hexadecimal or decimal.
"""

import base64
import re
from collections.abc import Iterable
from functools import cached_property

MARK = "[key]"
BETWEEN = r"(?:\\{1,8}[nrt]|<\w{0,8}/?>|\x1b\[[\d;]{0,8}m|\W){0,6}?"
"""A pattern of what may stand between two characters."""
LONGEST = 80
"""Characters that one may become."""


class Redaction:
    """Text without a secret: `MARK` stands in its place. An empty secret changes nothing."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __call__(self, text: str) -> str:
        """The text without the secret; to be called before the text is cut.

        >>> Redaction("sk-12345")(r"no, sk-12345, \\u0073k%2d12\\n345 and " + "sk-12345".encode().hex(":"))
        'no, [key], [key] and [key]'
        """
        return self._forms.sub(MARK, text) if self.secret else text

    def ends(self, text: str, longest: int) -> str:
        """The text without the secret; of one that is too long its start and its end.

        It is cut before it is cleaned, for speed, and then once more, so that no part of a secret is left.
        """
        margin, half = LONGEST * len(self.secret), longest // 2
        if len(text) <= longest + 2 * margin:
            return self(text)
        start, end = self(text[: half + margin]), self(text[-half - margin :])
        left = len(text) - 2 * half
        return f"{start[: len(start) - margin]}\n[{left} characters left out]\n{end[margin:]}"

    @cached_property
    def _forms(self) -> re.Pattern[str]:
        """Each character with what stands before it is one atom, so that no text takes long to search."""
        codes = [*map(ord, self.secret)]
        forms = [
            _joined(BETWEEN, map(_escaped, codes)),
            _joined(r"[\W_x0]{0,6}?", (f"{code:02x}" for code in codes)),
            _joined(r"\D{0,6}?0{0,4}", map(str, codes)),
        ]
        coded = "|".join(_joined(r"(?:\s|\\[nr]){0,4}", map(re.escape, form)) for form in self._base64())
        forms += [rf"[\w+/-]{{0,4}}(?:{coded})[\w+/-]{{0,4}}={{0,2}}"] if coded else []
        return re.compile("|".join(forms), re.IGNORECASE)

    def _base64(self) -> list[str]:
        """What of the secret is the same in base64 whatever stands around it, by where a group begins."""
        data = self.secret.encode()
        groups = [data[start : start + (len(data) - start) // 3 * 3] for start in range(3)]
        alphabets = base64.b64encode, base64.urlsafe_b64encode
        return sorted({encode(part).decode() for part in groups if part for encode in alphabets})


def _joined(between: str, letters: Iterable[str]) -> str:
    """A pattern of letters, with something between them."""
    first, *others = letters
    return first + "".join(f"(?>{between}{letter})" for letter in others)


def _escaped(code: int) -> str:
    """A pattern for a character of ASCII, escaped or as it is."""
    coded = rf"(?:\\{{1,8}}[ux]|%(?:25){{0,4}}u?|&(?:amp;){{0,2}}#x|=)\{{?0{{0,6}}{code:02x}[}};]?"
    in_page, in_c = rf"&(?:amp;){{0,2}}#0{{0,6}}{code};?", rf"\\{{1,8}}0?{code:03o}"
    return rf"(?:{coded}|{in_page}|{in_c}|\\{{0,8}}{re.escape(chr(code))})"
