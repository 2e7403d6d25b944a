// A test is a function with a sentence for a name; a failed check ends it with a message.
#ifndef HILBENCH_TESTS_HDL_HARNESS_H
#define HILBENCH_TESTS_HDL_HARNESS_H

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace test {

struct Case {
  const char *name;
  void (*body)();
};

inline std::vector<Case> &cases() {
  static std::vector<Case> all;
  return all;
}

struct Registration {
  Registration(const char *name, void (*body)()) { cases().push_back({name, body}); }
};

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is needed is not there; what() says what.
struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Paths of the libraries under test; the last one (assertions on) may be empty.
extern std::string clean_library;
extern std::string faulty_library;
extern std::string checked_faulty_library;

// Another library of the folder that the faulty one lies in.
std::string sibling(const std::string &name);

template <typename A, typename B>
void check_equal(const A &actual, const B &expected, const char *what, const char *file, int line) {
  if (actual == static_cast<A>(expected)) return;
  std::ostringstream text;
  text << file << ":" << line << ": " << what << " is 0x" << std::hex << static_cast<uint64_t>(actual)
       << ", expected 0x" << static_cast<uint64_t>(expected);
  throw Failure(text.str());
}

inline void check(bool holds, const char *what, const char *file, int line) {
  if (holds) return;
  std::ostringstream text;
  text << file << ":" << line << ": not true: " << what;
  throw Failure(text.str());
}

}  // namespace test

#define TEST(name_)                                            \
  static void name_();                                         \
  static const test::Registration registration_##name_(#name_, name_); \
  static void name_()

#define CHECK(expr_) test::check((expr_), #expr_, __FILE__, __LINE__)
#define CHECK_EQUAL(actual_, expected_) test::check_equal((actual_), (expected_), #actual_, __FILE__, __LINE__)

#endif
