"""One thin file a page: selection, query, figure, render."""
