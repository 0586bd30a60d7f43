"""Words of the commander's board."""

from django import template

register = template.Library()

# A machine in order is within this of the platform's clock.
RIGHT_MS = 100


@register.filter
def clock_off(offset_ms: int) -> str:
    """How a clock stands to which `offset_ms` must be added to get the platform's: "0.4 s behind"."""
    if abs(offset_ms) < RIGHT_MS:
        return "right"
    return f"{abs(offset_ms) / 1000:,.1f} s {'behind' if offset_ms > 0 else 'ahead'}"
