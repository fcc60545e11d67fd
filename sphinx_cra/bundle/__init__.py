"""The bundle: a technical file that can be handed over, and checked by somebody who has none of this.

``archive`` writes it; ``verify`` says what its bytes are to be, and checks them. ``verify`` is one
file that needs the standard library alone: a copy of it goes into every bundle.
"""
