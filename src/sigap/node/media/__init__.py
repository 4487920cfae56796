"""What viewers get from the node: live, playback, snapshot. Every address is signed by the core."""
