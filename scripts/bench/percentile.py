"""Percentiles."""


def percentile(times, percent):
    """The time that `percent` of them do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]
