// Usage: hdl_tests CLEAN_LIBRARY FAULTY_LIBRARY CHECKED_FAULTY_LIBRARY [part of a test's name]; - for no such library
#include <cstdio>
#include <cstring>

#include "harness.h"

namespace test {
std::string clean_library;
std::string faulty_library;
std::string checked_faulty_library;

std::string sibling(const std::string &name) {
  const size_t slash = faulty_library.rfind('/');
  return slash == std::string::npos ? name : faulty_library.substr(0, slash + 1) + name;
}
}  // namespace test

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s CLEAN_LIBRARY FAULTY_LIBRARY CHECKED_FAULTY_LIBRARY|- [part of a name]\n", argv[0]);
    return 2;
  }
  test::clean_library = argv[1];
  test::faulty_library = argv[2];
  if (std::strcmp(argv[3], "-") != 0) test::checked_faulty_library = argv[3];
  unsigned passed = 0, failed = 0, skipped = 0;
  for (const test::Case &it : test::cases()) {
    if (argc > 4 && std::strstr(it.name, argv[4]) == nullptr) continue;
    try {
      it.body();
      passed++;
    } catch (const test::Skip &skip) {
      skipped++;
      std::printf("skipped %s: %s\n", it.name, skip.what());
    } catch (const std::exception &failure) {
      failed++;
      std::printf("FAILED %s\n  %s\n", it.name, failure.what());
    }
  }
  if (skipped > 0) std::printf("%u skipped\n", skipped);
  std::printf("%u passed, %u failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
