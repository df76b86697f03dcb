"""Makes the captcha's recordings: ten digits in Russian, synthesised by eSpeak NG.

Run by a person when they must sound different:
``uvx --from espeakng-loader python infra/build/captcha_audio.py``.
The recordings are committed; nothing of eSpeak NG is, and nothing of it runs in the product.
"""

import ctypes
import importlib
import wave
from itertools import pairwise
from pathlib import Path

WORDS = "ноль один два три четыре пять шесть семь восемь девять".split()  # noqa: SIM905
FOLDER = Path(__file__).parents[2] / "layers/common/cabinet/identity/digits"
RATE = 8000
_SYNCHRONOUS, _WORDS_A_MINUTE, _SLOW = 2, 1, 120
_UTF8, _CHARACTERS = 1, 1
_LOUDEST = 100


class Synthesiser:
    """eSpeak NG through its C interface."""

    def __init__(self) -> None:
        loader = importlib.import_module("espeakng_loader")
        self._library = ctypes.CDLL(loader.get_library_path())
        data = str(Path(loader.get_data_path()).parent).encode()
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0))
        heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._samples: list[int] = []
        self._keep = heard(self._hear)  # the library holds no reference of its own
        self._library.espeak_SetSynthCallback(self._keep)
        self._library.espeak_SetVoiceByName(b"ru")
        self._library.espeak_SetParameter(_WORDS_A_MINUTE, _SLOW, 0)

    def _hear(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: int | None) -> int:
        self._samples += samples[:count] if samples and count > 0 else []
        return 0

    def say(self, word: str) -> list[int]:
        """Return a word's samples, 16 bits signed."""
        self._samples = []
        text = word.encode() + b"\0"
        size = ctypes.c_size_t(len(text))
        self._library.espeak_Synth(text, size, 0, _CHARACTERS, 0, _UTF8, None, None)
        return self._samples


def downsample(samples: list[int], rate: int) -> bytes:
    """Return the samples at `RATE`, 8 bits unsigned, as loud as they may be; each the mean of its stretch."""
    edges = [place * rate // RATE for place in range(len(samples) * RATE // rate + 1)]
    means = [sum(samples[low:high]) / (high - low) for low, high in pairwise(edges)]
    loudest = max(abs(mean) for mean in means)
    return bytes(128 + round(mean * _LOUDEST / loudest) for mean in means)


def main() -> None:
    """Write the ten recordings."""
    FOLDER.mkdir(exist_ok=True)
    synthesiser = Synthesiser()
    for digit, word in enumerate(WORDS):
        with wave.open(str(FOLDER / f"{digit}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(1)
            out.setframerate(RATE)
            out.writeframes(downsample(synthesiser.say(word), synthesiser.rate))


if __name__ == "__main__":
    main()
