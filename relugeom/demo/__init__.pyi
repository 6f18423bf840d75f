from .run import run as run
from .summary import summary_text as summary_text
