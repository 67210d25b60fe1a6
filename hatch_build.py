"""Builds the Swift extension for the wheel and marks the wheel as abi3."""

import sys
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "Tools"))


class ExtensionHook(BuildHookInterface):
    """Runs `Tools/build_extension.py` before the wheel is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        import build_extension

        build_extension.build(Path(self.root) / "python" / "martlet")
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
