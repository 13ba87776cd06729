import inspect
from enum import Enum
from importlib.metadata import version as version_of
from typing import Any

from sphinx.application import Sphinx

project = "django-pghistory-ops"
author = copyright = "The django-pghistory-ops authors"  # noqa: A001
release = version = version_of(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"{project} {release}"
nitpicky = True
# Django's documentation is not looked up: a build needs no network.
nitpick_ignore_regex = [("py:(class|exc|obj)", ".*")]
autodoc_typehints = "none"


def signature_of_init(
    app: Sphinx, what: str, name: str, value: Any, options: Any, signature: str, returns: str
) -> tuple[str, None] | None:
    """Show what ``__init__`` takes; Django's operations have a ``__new__`` that takes anything."""
    if what != "class":
        return None
    _, *parameters = inspect.signature(value.__init__).parameters.values()
    plain = [
        item.replace(annotation=item.empty, default=_plain(item.default)) for item in parameters
    ]
    return str(inspect.Signature(plain)), None


class _Word(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _plain(default: Any) -> Any:
    # An enum's member, which stands for an argument that was not given, by its name alone; a
    # configuration that overrides nothing, without what it does not override.
    if isinstance(default, Enum):
        return _Word(default.name)
    if hasattr(default, "overrides") and not default.overrides():
        return _Word(f"{type(default).__name__}()")
    return default


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", signature_of_init)
