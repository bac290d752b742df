"""Each test that takes a page is run on all of them."""

from tools.render import book


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", book.contents())
