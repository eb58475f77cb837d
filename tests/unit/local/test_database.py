from deploy.local import database
from deploy.local.passwords import keep_password


def test_an_address_keeps_the_server_and_changes_the_role():
    url = database.address("postgresql://admin:x@db.example:5433/city?sslmode=require", "city_polls", "p/w@1")

    assert url == "postgresql+psycopg2://city_polls:p%2Fw%401@db.example:5433/city?sslmode=require"


def test_sqlite_has_a_file_a_service(tmp_path):
    urls = database.sqlite_urls(tmp_path)

    assert urls["POLLS_DATABASE_URL"] == f"sqlite:///{tmp_path}/data/polls.sqlite"
    assert len(set(urls.values())) == len(database.SERVICES)


def test_a_password_is_made_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "password"
    password = keep_password(path)

    assert len(password) >= 32
    assert keep_password(path) == password
    assert path.stat().st_mode & 0o077 == 0


def test_only_the_owner_reads_the_databases_of_the_local_stack(tmp_path):
    database.sqlite_urls(tmp_path)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
