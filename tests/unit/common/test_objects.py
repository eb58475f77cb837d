"""One behaviour for a folder and for S3."""

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from services.common.objects import S3, LocalFolder, ObjectMissing, ObjectStoreAway


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    if request.param == "folder":
        yield LocalFolder(tmp_path)
        return
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        client.create_bucket(Bucket="media")
        yield S3(client, "media")


def test_what_was_put_is_got(store):
    store.put("things/a.png", b"\x89PNG", "image/png")
    store.put("things/a.png", b"\x89PNG2", "image/webp")
    assert store.get("things/a.png") == (b"\x89PNG2", "image/webp")


def test_what_is_gone_is_missing(store):
    store.put("a", b"x", "text/plain")
    store.delete("a")
    store.delete("a")
    with pytest.raises(ObjectMissing):
        store.get("a")


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/../b", "a//b", "a b", "a/.hidden", "é", "a\n", "~a"])
def test_other_names_are_refused(store, name):
    with pytest.raises(ValueError, match="not a name"):
        store.put(name, b"", "text/plain")


def test_a_bucket_out_of_reach():
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"max_attempts": 1}, connect_timeout=1),
    )
    with pytest.raises(ObjectStoreAway):
        S3(client, "media").get("a")
