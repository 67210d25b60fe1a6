"""The inspector's page in headless Chromium, driven by real clicks.

Screenshots are kept in `.build/screenshots`. The WebDriver protocol (W3C, 2018) is spoken to
chromedriver over loopback; without it these tests are left out (`Tools/setup.sh libraries` installs
it).
"""

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import martlet
import numpy as np
import pytest
from subject import LAZY_COUNT, mnp
from test_inspect import page

DRIVER = shutil.which("chromedriver")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
if not (DRIVER and BROWSER):
    pytest.skip("there is no Chromium with its driver", allow_module_level=True)

SHOTS = Path(__file__).parents[2] / ".build" / "screenshots"
# The protocol's name for the field that holds an element.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SCALE = "return [...document.querySelector('.scale').childNodes].map(n => n.data || ' ').join('')"


class Browser:
    """A session of WebDriver."""

    def __init__(self, process):
        self.process = process
        found = None
        while not found:
            line = process.stdout.readline()
            assert line, "chromedriver ended before it said where it listens"
            found = re.search(r"started successfully on port (\d+)", line)
        self.base = f"http://127.0.0.1:{found[1]}"
        options = {
            "binary": BROWSER,
            "args": [
                "--headless=new",
                "--no-sandbox",  # Root, in a container, has none.
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=1280,800",
            ],
        }
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.base += f"/session/{self.ask('POST', '/session', wanted)['sessionId']}"

    def ask(self, method, place, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + place, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def find(self, xpath, seconds=20):
        """The first element, as soon as it is there."""
        end = time.monotonic() + seconds
        while True:
            found = self.ask("POST", "/elements", {"using": "xpath", "value": xpath})
            if found:
                return found[0][ELEMENT]
            assert time.monotonic() < end, f"no {xpath} in {self.text()}"
            time.sleep(0.05)

    def click(self, xpath):
        self.ask("POST", f"/element/{self.find(xpath)}/click", {})

    def type(self, xpath, keys):
        element = self.find(xpath)
        self.ask("POST", f"/element/{element}/clear", {})
        self.ask("POST", f"/element/{element}/value", {"text": keys})

    def text(self):
        return self.run("return document.body.innerText")

    def run(self, script):
        return self.ask("POST", "/execute/sync", {"script": script, "args": []})

    def keep(self, name):
        """A screenshot, which must not be of one colour."""
        picture = base64.b64decode(self.ask("GET", "/screenshot"))
        assert picture.startswith(b"\x89PNG") and len(picture) > 5000
        SHOTS.mkdir(parents=True, exist_ok=True)
        (SHOTS / f"{name}.png").write_bytes(picture)


@pytest.fixture(scope="module")
def browser():
    with subprocess.Popen(
        [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        session = None
        try:
            session = Browser(process)
            yield session
        finally:
            if session is not None:
                session.ask("DELETE", "")
            process.terminate()


def row(title):
    return f"//button[contains(@class, 'row')][contains(., {json.dumps(title)})]"


def view(name):
    return f"//nav/button[text()='{name}']"


def test_clicks_open_arrays_and_their_pictures(browser):
    a = martlet.evaluate(mnp.sin(mnp.arange(3 * 40 * 60.0)).reshape(3, 40, 60))
    things = {"a": a, "half": a[:, ::2], "pending": mnp.ones(LAZY_COUNT) * 2 + 1, "n": 3}
    before = martlet._martlet.counters()["launches"]
    with page(things) as server:
        browser.ask("POST", "/url", {"url": server.url})
        browser.click(row("'a'"))
        browser.find(row("statistics"))
        browser.keep("summary")
        browser.click(view("heat-map"))
        browser.find("//figcaption[contains(., '[0, :, :]')]")
        assert browser.run("return document.querySelectorAll('#content rect').length") == 40 * 60
        low, high = re.fullmatch(r"(\S+)\s+(\S+)", browser.run(SCALE).strip()).groups()
        shown = np.asarray(a)[0]
        assert (float(low), float(high)) == pytest.approx((shown.min(), shown.max()), rel=1e-3)
        browser.keep("heat-map")
        browser.type("//p[@id='slices']//input", "2")
        browser.find("//figcaption[contains(., '[2, :, :]')]")
        browser.click(view("histogram"))
        browser.find("//figcaption[contains(., '7 200 elements')]")
        browser.keep("histogram")
        browser.click(view("values"))
        browser.find("//pre[contains(., 'of (3, 40, 60) float64')]")
        browser.keep("values")
        browser.click(row("'pending'"))
        browser.click(view("pending"))
        browser.find("//pre[contains(., 'multiply → add (2 fused)')]")
        browser.keep("pending")
        browser.click(row("shared memory"))
        browser.click(row("buffer 0"))
        browser.find("//figcaption[contains(., 'strides in bytes')]")
        browser.keep("shared-memory")
        assert martlet._martlet.counters()["launches"] == before
        browser.click("//button[@id='close']")
        browser.find("//body[contains(., 'The program goes on.')]")


def test_hostile_names_stay_text(browser):
    with page({"<img src=x onerror=document.title='bad'>": np.arange(3)}) as server:
        browser.ask("POST", "/url", {"url": server.url})
        browser.find(row("<img src=x"))
        assert browser.run("return document.images.length") == 0
        assert browser.ask("GET", "/title") == "martlet"
