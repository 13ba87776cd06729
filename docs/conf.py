from importlib.metadata import version as version_of

project = "django-pghistory-ops"
author = "The django-pghistory-ops authors"
release = version = version_of(project)

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
nitpicky = True
