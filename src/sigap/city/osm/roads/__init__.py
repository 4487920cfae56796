"""The road graph of one extract: ways → directed edges → turns, saved as roads.npz.

Built at import by `build.build_roads`; read by `sigap.dispatch.road`.
"""
