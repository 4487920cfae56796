"""From a camera's address to `AccessUnit`s: our RTSP receiver, and PyAV for everything else."""
