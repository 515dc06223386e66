"""Serves the built site to this machine alone, as a good server does: compressed, with its own
page for what does not exist."""

import functools
import gzip
import http.server
import io
import threading
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".ipynb"}


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.endswith("/") else path
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepted and path.suffix in COMPRESSED and path.is_file()):
            return super().do_GET()
        self.answer(HTTPStatus.OK, path, compressed(path, path.stat().st_mtime_ns), "gzip")

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            return super().send_error(code, message, explain)
        self.answer(HTTPStatus.NOT_FOUND, page, page.read_bytes())

    def copyfile(self, source, outputfile):
        with suppress(ConnectionError):  # the reader has left
            super().copyfile(source, outputfile)

    def answer(self, code: HTTPStatus, path: Path, content: bytes, encoding: str | None = None):
        self.send_response(code)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.copyfile(io.BytesIO(content), self.wfile)


@functools.lru_cache(maxsize=256)
def compressed(path: Path, changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 6, mtime=0)


@contextmanager
def server(folder: Path, port: int = 0, handler: type[Handler] = Handler):
    """Serve folder on 127.0.0.1 in the background; the address; port 0 takes any free one."""
    serve = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), serve) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{httpd.server_port}/"
        finally:
            httpd.shutdown()
