"""OpenStreetMap extract → areas, gazetteer, road graph, base map. Pure: no Django, no database.

`extract.read_extract` is the entry; `sigap.city.importing` puts its result into the database.
"""
