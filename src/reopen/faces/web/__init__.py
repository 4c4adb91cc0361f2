"""The board: a unit's work in a browser, on the unit's own machine.

Pages are made on the server from what the workbench returns; each has a twin in JSON. Not here: any
number (`workbench`), who may see what (`store.grants`).
"""
