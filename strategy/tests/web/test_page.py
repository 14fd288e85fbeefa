"""The page's files: by exact name, without a token, under a policy that allows nothing inline and nothing of others."""

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI

from quantumflow.overview import Sources
from quantumflow.web.app import WebSources, make_app
from quantumflow.web.page import FILE_BYTES_MAX, PAGE_POLICY, page_paths, page_routes, read_page
from quantumflow.web.who import Tokens
from web.asgi import Client

SCRIPT = b"console.log('quantumflow')" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>", encoding="utf-8")
    (assets / "index-Ab12.js").write_bytes(SCRIPT)
    (assets / "geist-Cd34.woff2").write_bytes(b"wOF2")
    return tmp_path


def client(folder: Path) -> Client:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.extend(page_routes(read_page(folder)))
    return Client(app)


def test_the_index_is_not_kept_and_names_what_may_be_loaded(folder: Path) -> None:
    answer = client(folder).get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == PAGE_POLICY


def test_the_policy_allows_nothing_inline_and_no_other_place() -> None:
    assert "unsafe" not in PAGE_POLICY
    assert PAGE_POLICY.startswith("default-src 'none'")
    assert not {"http:", "https:", "data:", "*"} & set(PAGE_POLICY.replace(";", " ").split())


def test_an_asset_named_after_its_content_is_kept_for_a_year(folder: Path) -> None:
    answer = client(folder).get("/assets/index-Ab12.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == SCRIPT


def test_text_is_packed_for_who_takes_it_and_fonts_never(folder: Path) -> None:
    asks = client(folder)
    packed = asks.get("/assets/index-Ab12.js", {"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    assert packed.content == SCRIPT  # as the client unpacks it
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT, mtime=0)) < len(SCRIPT)
    plain = asks.get("/assets/index-Ab12.js", {"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in asks.get("/assets/geist-Cd34.woff2", {"accept-encoding": "gzip"}).headers


@pytest.mark.parametrize(
    "path", ["/index.html", "/assets/", "/assets/../index.html", "/assets/%2e%2e/index.html", "/x.js"]
)
def test_nothing_but_the_names_of_the_build_is_found(folder: Path, path: str) -> None:
    assert client(folder).get(path).status_code == 404


def test_what_no_build_makes_is_not_served(folder: Path) -> None:
    (folder / "notes.txt").write_text("not for everybody", encoding="utf-8")
    (folder / "assets" / "huge.js").write_bytes(b" " * (FILE_BYTES_MAX + 1))
    assert set(read_page(folder)) == {"/", "/assets/index-Ab12.js", "/assets/geist-Cd34.woff2"}


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/")
    assert answer.status_code == 503
    assert answer.json()["error"] == "page_not_built"
    assert page_paths(read_page(tmp_path)) == {"/"}


def test_the_page_is_open_and_what_it_asks_is_not(folder: Path, tmp_path: Path) -> None:
    nowhere = Sources(tmp_path / "journal.db", tmp_path / "t.json", tmp_path / "m.json")
    sources = WebSources(nowhere, "replay", list)
    asks = Client(make_app(sources, Tokens(["t" * 43]), page=read_page(folder)))
    index, script, data = (asks.get(path) for path in ("/", "/assets/index-Ab12.js", "/api/v1/status"))
    assert (index.status_code, script.status_code, data.status_code) == (200, 200, 401)
    assert index.headers["content-security-policy"] == PAGE_POLICY
    assert data.headers["content-security-policy"] != PAGE_POLICY
    assert script.headers["x-content-type-options"] == "nosniff"
