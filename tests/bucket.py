"""A store that speaks S3, on this machine, for tests."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from unittest import mock

BUCKET = "photos"


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serves an empty bucket; gives its address, and the environment in which s3:// finds it."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    with contextlib.redirect_stdout(io.StringIO()):
        server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
    with mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL": f"http://{host}:{port}", **keys}):
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}"
    server.stop()


def put(name: str, data: bytes) -> str:
    """Puts an object into the bucket and gives its address."""
    import boto3

    boto3.client("s3").put_object(Bucket=BUCKET, Key=name, Body=data)
    return f"s3://{BUCKET}/{name}"
