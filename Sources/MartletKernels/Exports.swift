// What `import MartletKernels` gives beside the macros: all of Martlet.
@_exported import Martlet
