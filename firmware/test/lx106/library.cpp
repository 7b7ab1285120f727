// The C++ library's objects and operators for lx106 (include/ has the rest).
#include <stdlib.h>

#include <iostream>

std::istream std::cin;
std::ostream std::cout;

void* operator new(size_t size) {
  void* const place = malloc(size);
  if (place == nullptr) abort();
  return place;
}
void operator delete(void* place) noexcept { free(place); }
void operator delete(void* place, size_t) noexcept { free(place); }
