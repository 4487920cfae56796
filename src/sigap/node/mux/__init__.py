"""Fragmented MP4: written for recording and live, read back for playback and repair."""
