"""Gateway application of the FieldGate FG-200: one machine network, one plant network, little between them.

The product is invented. The code is small but works, so that the evidence of the example
documentation comes from tests that really ran.
"""

__version__ = "2.4.0"
