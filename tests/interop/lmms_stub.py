"""Runs in the environment of lmms-eval: its command line, with a model "stub" that gives known answers.

python lmms_stub.py ANSWERS.json <arguments of lmms-eval>
"""

import json
import sys
from pathlib import Path

from lmms_eval.api.model import lmms
from lmms_eval.models import MODEL_REGISTRY_V2
from lmms_eval.models.registry_v2 import ModelManifest
from lmms_eval.protocol import ChatMessages

ANSWERS = json.loads(Path(sys.argv[1]).read_text())


class Stub(lmms):
    """Answers by the pair's id, once it was shown two photos between its words."""

    is_simple = False

    def __init__(self, **_: object) -> None:
        super().__init__()

    def generate_until(self, requests: list) -> list[str]:
        return [self.answer(*request.args) for request in requests]

    def answer(self, _text, to_messages, _settings, doc_id, task, split) -> str:
        doc = self.task_dict[task][split][doc_id]
        shown = ChatMessages(messages=to_messages(doc))
        kinds = [part.type for part in shown.messages[1].content]
        assert kinds == ["text", "image", "text", "image", "text"], kinds
        assert [image.size for image in shown.extract_media()[0]] == [(128, 96)] * 2
        return ANSWERS[doc["id"]]

    def loglikelihood(self, requests):
        raise NotImplementedError

    def generate_until_multi_round(self, requests):
        raise NotImplementedError


if __name__ == "__main__":
    sys.modules["lmms_stub"] = sys.modules["__main__"]
    MODEL_REGISTRY_V2.register_manifest(
        ModelManifest("stub", chat_class_path="lmms_stub.Stub"), overwrite=True
    )
    sys.argv[1:] = sys.argv[2:]
    from lmms_eval.__main__ import cli_evaluate

    cli_evaluate()
