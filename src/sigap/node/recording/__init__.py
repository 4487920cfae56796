"""Recording without transcoding: durable fragments, an index rebuilt from files, retention."""
