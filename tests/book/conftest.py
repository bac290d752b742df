"""Each test that takes a page is run on all of them."""

from tools.render import pdf


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pdf.contents())
