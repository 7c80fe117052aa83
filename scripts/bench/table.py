"""Markdown tables, printed row by row so that a long run shows how far it is."""


class Table:
    """Prints its head at once; numbers stand on the right."""

    def __init__(self, *columns):
        self.widths = [max(len(column), 9) for column in columns]
        self.widths[0] = max(self.widths[0], 62)
        self.row(*columns)
        print("| :--- |" + " ---: |" * (len(columns) - 1), flush=True)

    def row(self, first, *cells):
        """One line; what is None stays empty."""
        texts = ["" if cell is None else str(cell) for cell in cells]
        cells = [str(first).ljust(self.widths[0])] + [text.rjust(width) for text, width in zip(texts, self.widths[1:])]
        print(f"| {' | '.join(cells)} |", flush=True)


def verdict(values, limit):
    """`ok` if no value is over the limit; nothing where there is no limit, or nothing was measured."""
    values = [value for value in values if value is not None]
    if limit is None or not values:
        return None
    return "ok" if max(values) <= limit else "MISSED"
