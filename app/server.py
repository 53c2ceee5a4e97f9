"""The dashboard and the lookup API as one application, on one port: `segmodel app` runs it."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit import App

from segmodel.api import api_routes

# nothing of the dashboard is imported here: its caches would be made before the server that keeps them
_FOLDER = Path(os.environ.get("SEGMODEL_WORKSPACE", "data/sample")).resolve()

app = App("main.py", routes=api_routes(_FOLDER))
