"""colorlib: tested building blocks for learning image colourisation.

The modules are meant to be read in the order of the lessons:

    color, pictures, portraits, datasets      lesson 01, data
    models, presets, training                 lesson 02, base training
    prior                                     lesson 03, colour prior
    diffusion, losses                         lesson 04, diffusion step
    models.enhanced_unet                      lesson 05, attention
    colorize, metrics, evaluation             lesson 06, evaluation

Behind portraits stand recipes, painting and faces; behind datasets, sources, cache and download.

Nothing is imported here, so that `import colorlib` stays instant: write
`from colorlib import color, datasets`.
"""

__version__ = "0.1.0"
