"""G.711 as AAC, for live pictures: browsers play no G.711 in MP4. Recordings keep what came."""

from __future__ import annotations

from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame as Samples

from sigap.node.frames import CLOCK_HZ, AudioCodec, AudioFormat, AudioFrame

BIT_RATE = 32_000
CODED_HZ = 16_000
"""More than G.711 has: AAC takes 1024 samples at a time, and the shorter they are, the nearer to
now."""
LARGEST_STRAY = CLOCK_HZ // 4
"""Sound that begins so far from where the last ended follows a break. Ticks of 90 kHz."""


class Voice:
    """One camera's sound. Little work (0.1 ms a piece of 20 ms), so it stays on the event loop."""

    def __init__(self, source: AudioFormat) -> None:
        self._rate = source.rate_hz
        layout = "mono" if source.channels == 1 else "stereo"
        decoder = av.CodecContext.create(source.codec.value, "r")
        assert isinstance(decoder, AudioCodecContext)
        decoder.sample_rate, decoder.layout = source.rate_hz, layout
        encoder = av.CodecContext.create("aac", "w")
        assert isinstance(encoder, AudioCodecContext)
        encoder.sample_rate, encoder.layout = CODED_HZ, layout
        encoder.format, encoder.bit_rate = "fltp", BIT_RATE
        encoder.time_base = Fraction(1, CODED_HZ)
        encoder.open()
        self._decoder, self._encoder = decoder, encoder
        config = bytes(encoder.extradata or b"")
        self.format = AudioFormat(AudioCodec.AAC, CODED_HZ, source.channels, config)
        self._resampler = av.AudioResampler("fltp", layout, CODED_HZ, encoder.frame_size)
        self._taken = 0
        self._base: int | None = None
        self._end = 0

    def convert(self, frame: AudioFrame) -> list[AudioFrame]:
        """What became ready; nothing for sound that cannot be decoded."""
        try:
            heard = self._decoder.decode(av.Packet(frame.payload))
        except av.FFmpegError:
            return []
        expected = self._ticks(self._taken, self._rate)
        if expected is None or abs(frame.dts - expected) > LARGEST_STRAY:
            self._base = frame.dts - round(self._taken * CLOCK_HZ / self._rate)
        return [made for samples in heard for made in self._encode(samples)]

    def _encode(self, samples: Samples) -> list[AudioFrame]:
        samples.pts, samples.time_base = self._taken, Fraction(1, self._rate)
        self._taken += samples.samples
        made = []
        for resampled in self._resampler.resample(samples):
            for packet in self._encoder.encode(resampled):
                begin = self._ticks(int(packet.pts or 0), CODED_HZ) or 0
                end = self._ticks(int(packet.pts or 0) + self._encoder.frame_size, CODED_HZ) or 0
                # Never back: after a break what would overlap is left out.
                if begin >= self._end:
                    made.append(AudioFrame(bytes(packet), begin, end - begin, self.format))
                    self._end = end
        return made

    def _ticks(self, samples: int, rate: int) -> int | None:
        return None if self._base is None else self._base + round(samples * CLOCK_HZ / rate)
