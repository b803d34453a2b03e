"""Join a class or a study: the door to the pages that phones load."""

from lib.ui import cards, join

cards.page_style()
join.door()
