// The lines a person types on the serial console.
#pragma once

namespace sg {
void pollConsoleInput();
}
