"""Writing a YAML file that our own reader takes back unchanged."""

from __future__ import annotations

from typing import Any

import yaml

from sphinx_cra.datafile import plain


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, and what would be read as a number is quoted."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # PyYAML knows the numbers of YAML 1.1; our reader those of 1.2, and 1e3 is one there alone.
    style = None if isinstance(plain(value), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dumped(data: Any) -> str:
    """Plain data as YAML, in its own order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
