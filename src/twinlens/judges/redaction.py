"""A secret taken out of foreign text, in the forms in which a program may send it back.

These are the secret itself in any case; any of its characters escaped as JSON, URLs, C and HTML do; base64 of
a text that holds it, such as a header; and hexadecimal digits.
"""

import base64
import re
from functools import cached_property

MARK = "[key]"
ESCAPES = "\\u00", "\\x", "%", "&#"
"""What escapes of a character begin with."""


class Redaction:
    """Text without a secret: `MARK` stands in its place. An empty secret changes nothing."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __call__(self, text: str) -> str:
        """The text without the secret; to be called before the text is cut.

        >>> Redaction("sk-12345")(r"no, sk-12345, \\u0073k%2d12345 and " + "sk-12345".encode().hex())
        'no, [key], [key] and [key]'
        """
        lowered = text.lower()
        if not self.secret or not any(form in lowered for form in self._hints):
            return text
        return self._forms.sub(MARK, text)

    def ends(self, text: str, longest: int) -> str:
        """The text without the secret; of one that is too long its start and its end.

        It is cut before it is cleaned, for speed, and then once more, so that no part of a secret is left.
        """
        margin, half = 16 * len(self.secret), longest // 2
        if len(text) <= longest + 2 * margin:
            return self(text)
        start, end = self(text[: half + margin]), self(text[-half - margin :])
        left = len(text) - 2 * half
        return f"{start[: len(start) - margin]}\n[{left} characters left out]\n{end[margin:]}"

    @cached_property
    def _forms(self) -> re.Pattern[str]:
        letters, coded = "".join(map(_escapes, self.secret)), "|".join(map(re.escape, self._coded))
        return re.compile(rf"{letters}|[\w+/-]{{0,4}}(?:{coded})[\w+/-]{{0,4}}={{0,2}}", re.IGNORECASE)

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        """What of the secret's forms stands in a text in lower case: quicker to look for than the forms."""
        return (self.secret.lower(), *(form.lower() for form in self._coded), *ESCAPES)

    @cached_property
    def _coded(self) -> tuple[str, ...]:
        return (self.secret.encode().hex(), *sorted(self._base64()))

    def _base64(self) -> set[str]:
        """What of the secret is the same in base64 whatever stands around it, by where a group begins."""
        data = self.secret.encode()
        groups = [data[start : start + (len(data) - start) // 3 * 3] for start in range(3)]
        alphabets = base64.b64encode, base64.urlsafe_b64encode
        return {encode(part).decode() for part in groups for encode in alphabets}


def _escapes(letter: str) -> str:
    """A pattern for a character of ASCII, as it is or escaped."""
    code = ord(letter)
    digits, zeros = f"{code:02x}", "0{0,4}"
    in_code, in_url = rf"\\{{1,4}}(?:u00|x){digits}", f"%(?:25){{0,2}}{digits}"
    return rf"(?:{re.escape(letter)}|{in_code}|{in_url}|&#(?:{zeros}{code}|x{zeros}{code:x});)"
