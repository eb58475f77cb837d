from docs.generate import outdated


def test_generated_documents_are_up_to_date():
    assert outdated() == [], "run `make docs`"
