"""The server for this machine: compressed, with the site's own page for what is missing."""

import gzip
import urllib.error
import urllib.request

import pytest

from publishing.server import server


@pytest.fixture
def home(tmp_path):
    (tmp_path / "index.html").write_text("<h1>Home</h1>" * 50)
    (tmp_path / "404.html").write_text("<h1>Not here</h1>")
    with server(tmp_path) as address:
        yield address


def get(address, **headers):
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers))


def test_what_asks_for_it_is_compressed(home):
    answer = get(home, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.read()) == b"<h1>Home</h1>" * 50
    plain = get(f"{home}index.html")
    assert plain.headers["Content-Encoding"] is None
    assert plain.read() == b"<h1>Home</h1>" * 50


def test_what_is_missing_gets_the_sites_own_page(home):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{home}nothing/here.html")
    assert caught.value.code == 404
    assert caught.value.read() == b"<h1>Not here</h1>"
