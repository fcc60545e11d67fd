"""Renderings of an assessment, one file a format. Nothing is computed here."""
