// Usage: hdl_tests CLEAN_LIBRARY FAULTY_LIBRARY [part of a test's name]
#include <cstdio>
#include <cstring>

#include "harness.h"

namespace test {
std::string clean_library;
std::string faulty_library;
}  // namespace test

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s CLEAN_LIBRARY FAULTY_LIBRARY [part of a name]\n", argv[0]);
    return 2;
  }
  test::clean_library = argv[1];
  test::faulty_library = argv[2];
  unsigned passed = 0, failed = 0;
  for (const test::Case &it : test::cases()) {
    if (argc > 3 && std::strstr(it.name, argv[3]) == nullptr) continue;
    try {
      it.body();
      passed++;
    } catch (const std::exception &failure) {
      failed++;
      std::printf("FAILED %s\n  %s\n", it.name, failure.what());
    }
  }
  std::printf("%u passed, %u failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
