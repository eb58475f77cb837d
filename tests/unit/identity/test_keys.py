"""What keys do: nothing can be used in another's place."""

from pathlib import Path

import jwt
import pytest

from services.common.crypto import KeyMissing, Undecryptable, keyed_hash
from services.common.encodings import b64u
from services.identity.keys import Keys, new_refresh_token, token_hash
from services.keys import make

PHONE = "+821012345678"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_new(tmp_path)


def load_new(folder: Path) -> Keys:
    make(folder, "identity", "access")
    return Keys.load(folder)


def test_without_keys_there_is_no_identity(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        Keys.load(tmp_path)


def test_a_phone_is_readable_in_its_own_row_only(keys: Keys) -> None:
    sealed = keys.seal_phone(PHONE, "person")
    assert PHONE not in sealed
    assert keys.open_phone(sealed, "person") == PHONE
    assert keys.seal_phone(PHONE, "person") != sealed
    with pytest.raises(Undecryptable):
        keys.open_phone(sealed, "other")


def test_a_tag_is_the_hash_that_the_contract_names(keys: Keys) -> None:
    assert keys.tag_of(PHONE) == keyed_hash(keys.tags, PHONE)


def test_no_two_uses_of_a_phone_have_the_same_hash(keys: Keys) -> None:
    hashes = [
        keys.tag_of(PHONE),
        keys.index_of(PHONE),
        keys.counter_key("number", PHONE),
        keys.counter_key("pause", PHONE),
    ]
    assert len(set(hashes)) == len(hashes)


def test_a_code_fits_its_challenge_only(keys: Keys) -> None:
    stored = keys.code_hash("one", keys.code_of("one"))
    assert keys.is_code("one", keys.code_of("one"), stored)
    assert not keys.is_code("two", keys.code_of("one"), stored)
    assert not keys.is_code("one", "", stored)


def test_a_refresh_token_is_256_random_bits_and_has_one_successor(keys: Keys) -> None:
    token = new_refresh_token()
    assert len(token) == 43
    assert token != new_refresh_token()
    chain = {token, keys.successor(token), keys.successor(keys.successor(token)), token_hash(token)}
    assert len(chain) == 4
    assert keys.successor(token) == keys.successor(token)


def test_an_access_token_names_its_key_and_is_checked_with_it(keys: Keys, tmp_path: Path) -> None:
    token = keys.access_token({"sub": "person"})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "access-token-1", "typ": "JWT"}
    assert jwt.decode(token, keys.access[1], ["HS256"]) == {"sub": "person"}

    stranger = load_new(tmp_path / "other").access[1]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, stranger, ["HS256"])


def test_the_newest_key_makes_the_tokens(tmp_path: Path) -> None:
    load_new(tmp_path)
    (tmp_path / "access" / "token-2.key").write_text(b64u(b"2" * 32))
    assert jwt.get_unverified_header(Keys.load(tmp_path).access_token({}))["kid"] == "access-token-2"


def test_keys_do_not_show_themselves(keys: Keys) -> None:
    assert str(keys.tags) not in f"{keys!r} {keys}"
