"""Moves the core's constants and texts from the chip's RAM to its flash: renames the .rodata sections of objects so that
the Arduino core's linker script puts them beside the program. Flash gives whole words only; the handler that
NON32XFER_HANDLER (platformio.ini) switches on answers what reads a byte. PlatformIO runs this before it links; the
tests run it as a program: constants_to_flash.py <objcopy> <object>...
"""

import glob
import os
import re
import subprocess
import sys


def constant_sections(objcopy, path):
    """Names of the sections that hold constants, as the tool beside objcopy tells them."""
    objdump = re.sub(r"objcopy(?=[^/\\]*$)", "objdump", objcopy)
    listing = subprocess.run([objdump, "-h", path], check=True, capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"^\s*\d+\s+(\.rodata\S*)\s", listing, re.MULTILINE)))


def move(objcopy, path):
    """Renames them in place."""
    names = constant_sections(objcopy, path)
    renames = [f"--rename-section={name}=.irom.text{name}" for name in names]
    if names:
        subprocess.run([objcopy, *renames, path], check=True)


def main(objcopy, paths):
    if not paths:
        sys.exit("constants_to_flash: no objects")
    for path in paths:
        move(objcopy, path)
        if constant_sections(objcopy, path):
            sys.exit(f"constants_to_flash: {path} still has constants in RAM")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
else:
    Import("env")  # noqa: F821  PlatformIO gives both names

    def before_linking(source, target, env):
        objects = glob.glob(os.path.join(env.subst("$BUILD_DIR"), "src", "core", "*.o"))
        main(env.WhereIs(env.subst("$OBJCOPY")) or env.subst("$OBJCOPY"), objects)

    env.AddPreAction(os.path.join("$BUILD_DIR", "${PROGNAME}.elf"), before_linking)  # noqa: F821
