"""The site can be installed: a manifest, and icons of the sizes that it names."""

import struct
from urllib.parse import urljoin

import httpx

from tests.support.browser import Stack

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_manifest_names_icons_of_the_sizes_that_they_have(stack: Stack) -> None:
    manifest = httpx.get(f"{stack.url}/manifest.webmanifest").json()
    assert {manifest["display"], *manifest["display_override"]} == {"standalone", "minimal-ui"}
    icons = {icon["src"]: icon["sizes"] for icon in manifest["icons"] if icon["type"] == "image/png"}
    assert {"192x192", "512x512"} <= set(icons.values())
    assert [icon["sizes"] for icon in manifest["icons"] if icon.get("purpose") == "maskable"] == ["512x512"]
    icons |= {"/icon-apple-180.png": "180x180"}
    assert '<link rel="apple-touch-icon" href="/icon-apple-180.png"' in httpx.get(stack.url).text
    for path, sizes in icons.items():
        drawn = httpx.get(urljoin(stack.url, path)).content
        assert drawn.startswith(PNG), path
        assert "{}x{}".format(*struct.unpack(">II", drawn[16:24])) == sizes, path
