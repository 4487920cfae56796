"""Pictures in, rule events out. Pure: no network, no database, no Django.

The camera node feeds `pipeline.Analyser`; `sigap vision evaluate` feeds it clips with ground truth.
"""
