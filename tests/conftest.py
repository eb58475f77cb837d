"""Fixtures that every level of tests may ask for; tests/README.md says what each gives."""

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.stacks",
    "tests.fixtures.browser",
]
