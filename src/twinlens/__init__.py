"""twinlens: which of two renderings of a photograph is better, and why, checked against the pixels.

The public names stand in `__init__.pyi` and are imported when they are first used: `import twinlens` loads no
imaging library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
