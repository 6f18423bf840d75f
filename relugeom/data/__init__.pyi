from .palmer import Dataset as Dataset
from .palmer import penguins as penguins
