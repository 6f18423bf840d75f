from .html import Figure as Figure
from .html import Section as Section
from .html import Table as Table
from .html import write_report as write_report
