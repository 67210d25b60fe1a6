"""The inspector as a page: one file, served to this machine alone and only to who has the token."""

import hmac
import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from martlet import _martlet

_PAGE = Path(__file__).with_name("_inspect_page.html")
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Server(ThreadingHTTPServer):
    """Answers for one tree: who says nothing keeps no other waiting, and one looks at a time."""

    daemon_threads = True

    def __init__(self, tree):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tree = tree
        self.looking = threading.Lock()
        self.token = secrets.token_urlsafe(24)
        self.host = f"127.0.0.1:{self.server_port}"

    @property
    def url(self):
        """What opens the page."""
        return f"http://{self.host}/?token={self.token}"


class _Handler(BaseHTTPRequestHandler):
    server_version = "martlet"
    sys_version = ""
    timeout = 10

    def do_GET(self):
        place = urlsplit(self.path)
        fields = {name: values[0] for name, values in parse_qs(place.query).items()}
        # A page of another site, whose name was made to mean this machine, names itself here.
        if self.headers.get("Host") != self.server.host:
            return self._answer(403, "text/plain", "This is for this machine alone.")
        if not hmac.compare_digest(
            fields.get("token", "").encode("utf-8", "replace"), self.server.token.encode()
        ):
            return self._answer(403, "text/plain", "The token is missing, or is another's.")
        try:
            if place.path == "/":
                return self._answer(200, "text/html", _PAGE.read_text(encoding="utf-8"))
            if place.path == "/node":
                start = int(fields.get("start", 0))
                with self.server.looking:
                    found = _martlet.inspection_json(
                        self.server.tree, fields.get("path", ""), start
                    )
            elif place.path == "/view":
                size = int(fields.get("rows", 40)), int(fields.get("columns", 80))
                with self.server.looking:
                    found = _martlet.inspection_view(
                        self.server.tree,
                        fields.get("path", ""),
                        fields.get("name", "summary"),
                        *size,
                        fields.get("slice", ""),
                    )
            else:
                found = None
        except (ValueError, OverflowError) as error:
            return self._answer(400, "text/plain", str(error))
        if found is None:
            return self._answer(404, "text/plain", "There is nothing at that place.")
        json.loads(found)  # What leaves is JSON, or an error here.
        return self._answer(200, "application/json", found)

    def do_POST(self):
        """Closes the page's server: the only thing that changes anything."""
        place = urlsplit(self.path)
        token = parse_qs(place.query).get("token", [""])[0]
        allowed = hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode())
        if self.headers.get("Host") != self.server.host or not allowed:
            return self._answer(403, "text/plain", "The token is missing, or is another's.")
        if place.path != "/close":
            return self._answer(404, "text/plain", "There is nothing at that place.")
        self._answer(200, "text/plain", "closed")
        threading.Thread(target=self.server.shutdown, daemon=True).start()
        return None

    def _answer(self, status, kind, text):
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Nothing: the token would stand in it."""


def serve(tree, told=None):
    """Serves a tree until the page's button closes it, or Ctrl-C does.

    Args:
        tree: the number of a tree.
        told: called with the server before it begins, instead of writing the address to standard
            error.
    """
    server = Server(tree)
    try:
        if told is None:
            print(f"martlet: open {server.url}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
        else:
            told(server)
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        # A question that is being answered needs the tree still.
        with server.looking:
            server.server_close()
