"""The one voice of the stage in words: what the page tells a person now, and its buttons.

room/attention decides what it tells.
"""
