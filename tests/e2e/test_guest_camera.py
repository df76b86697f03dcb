"""A receipt's code before the camera: read by our decoder or the browser's own; a rejection is reported.

The camera is put in place of the browser's: a stream of a canvas with the code of our own PDF on it.
"""

import io
import json
from base64 import b64encode

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, plain
from tests.support.pdf_reader import page_images
from tests.support.polling import eventually

NUMBER = "7400000006"
CAMERA = """
(() => {
  const bytes = Uint8Array.from(atob(%s), (sign) => sign.charCodeAt(0));
  window.tracks = [];
  navigator.mediaDevices.getUserMedia = async () => {
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 720;
    const context = canvas.getContext("2d");
    const draw = () => {
      context.fillStyle = "#888";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 400, 120, 480, 480);
    };
    draw();
    setInterval(draw, 50);
    const stream = canvas.captureStream(20);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
})()
"""
OWN_READER = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(source) { return source.videoWidth ? [{ rawValue: %s }] : []; }
};
"""
REFUSED = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
)


def wait_for(page: Page, holds: str) -> None:
    """Wait by asking from outside: the page's policy lets no text be evaluated within it."""
    eventually(lambda: page.evaluate(holds) or None, holds)


@pytest.fixture(scope="module")
def code(stack: Stack) -> tuple[str, str]:
    """The text of a code of the account's newest receipt, and its picture cut out of the PDF, in base64."""
    api = stack.signed_in(stack.person(NUMBER))
    account = api.call("GET", "/api/bindings").json()["items"][0]["account_id"]
    documents = f"/api/accounts/{account.replace(':', '%3A')}/documents"
    newest = api.call("GET", documents).json()["items"][0]["document_id"]
    url = api.call("GET", f"{documents}/{newest}/pdf").json()["url"]
    answer = httpx.get(url, timeout=60)
    assert answer.is_success
    printed = page_images(answer.content, 300 / 72)[0].convert("RGB")
    found = zxingcpp.read_barcodes(printed, formats=zxingcpp.BarcodeFormat.QRCode)[0]
    corners = [
        getattr(found.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")
    ]
    left, top = min(at.x for at in corners), min(at.y for at in corners)
    right, bottom = max(at.x for at in corners), max(at.y for at in corners)
    edge = (right - left) // 8
    cut = printed.crop((left - edge, top - edge, right + edge, bottom + edge)).resize(
        (640, 640), Image.Resampling.LANCZOS
    )
    kept = io.BytesIO()
    cut.save(kept, "PNG")
    return found.text, b64encode(kept.getvalue()).decode()


def open_camera(page: Page) -> list[str]:
    """Press the button; return what the page asks for from its first load on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/pay")
    expect(page.get_by_role("heading", name="Оплатить квитанцию", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "qr-decoder" in url], "loaded when a code is to be read, not before"
    page.get_by_role("button", name="Навести камеру на код").click()
    return asked


def expect_found(page: Page, stack: Stack) -> None:
    expect(page.get_by_role("region", name="Что оплачиваете")).to_be_visible()
    words = plain(page.get_by_role("main").text_content())
    assert "74••••••06" in words
    assert not [secret for secret in (stack.account(NUMBER)["surname"], NUMBER) if secret in words]
    expect(page.get_by_label("Изображение с камеры")).to_have_count(0)
    wait_for(page, "window.tracks.length > 0 && window.tracks.every((one) => one.readyState === 'ended')")


def test_a_code_before_the_camera_is_read_and_the_camera_goes_off(
    page: Page, stack: Stack, code: tuple[str, str]
) -> None:
    page.add_init_script(CAMERA % json.dumps(code[1]))
    asked = open_camera(page)
    expect_found(page, stack)
    assert [url for url in asked if "qr-decoder" in url], "this browser has no reader of its own"
    assert fits(page)
    assert violations(page) == []


def test_where_the_browser_has_a_reader_ours_is_not_loaded(
    page: Page, stack: Stack, code: tuple[str, str]
) -> None:
    page.add_init_script(CAMERA % json.dumps(code[1]) + OWN_READER % json.dumps(code[0]))
    asked = open_camera(page)
    expect_found(page, stack)
    assert not [url for url in asked if "qr-decoder" in url]


def test_a_camera_that_is_refused_is_told_and_the_other_ways_stay(page: Page) -> None:
    page.add_init_script(REFUSED)
    open_camera(page)
    expect(page.get_by_text("Не удалось включить камеру.")).to_be_visible()
    assert fits(page)
    assert violations(page) == []
    page.get_by_role("button", name="Закрыть камеру").click()
    expect(page.get_by_role("button", name="Навести камеру на код")).to_be_visible()
    expect(page.get_by_label("Текст кода")).to_be_visible()


def test_the_camera_goes_off_when_it_is_closed(page: Page) -> None:
    blank = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(blank, "PNG")
    page.add_init_script(CAMERA % json.dumps(b64encode(blank.getvalue()).decode()))
    open_camera(page)
    expect(page.get_by_label("Изображение с камеры")).to_be_visible()
    expect(page.get_by_text("Наведите камеру на QR-код квитанции: он прочитается сам.")).to_be_visible()
    wait_for(page, "window.tracks.length > 0")
    assert violations(page) == []
    page.get_by_role("button", name="Закрыть камеру").click()
    wait_for(page, "window.tracks.every((one) => one.readyState === 'ended')")
