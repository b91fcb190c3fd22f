"""The guided flow: a form-filling assistant that needs no model.

Nothing is imported here: the web reads the flow's memory and has no use for the engine.
"""
