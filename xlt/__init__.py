"""xlt: how well are the languages inside a multilingual encoder aligned, and what does it do for transfer?"""

__version__ = "0.1.0"
