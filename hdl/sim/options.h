// The query of a device URI: "key=value&key=value". Unknown keys and values are refused with the known ones named.
#ifndef HILBENCH_OPTIONS_H
#define HILBENCH_OPTIONS_H

#include <string>

// The parameter set of this library.
#ifndef HIL_SIZE
#define HIL_SIZE "standard"
#endif

namespace hil {

#ifdef HIL_FAULTS
inline constexpr const char *kFaults[] = {"M01", "M05", "M06", "M11", "M12", "M14", "M16", "M18",
                                          "M19", "M23", "M29", "M31", "M32", "M41", "M49", "M50",
                                          "M51", "M66", "M69", "M70", "M71", "M72", "M73", "M82"};
#endif

struct Options {
  unsigned fault = 0;      // the number in the fault's id; 0: none
  bool two_evals = false;  // evals=2: evaluate both clock edges
  bool skip_idle = true;   // skip=0: evaluate the cycles in which nothing can change, too
};

inline std::string fault_list(const char *before, const char *between, const char *after) {
  std::string list;
#ifdef HIL_FAULTS
  for (const char *fault : kFaults) {
    if (!list.empty()) list += between;
    list += before + std::string(fault) + after;
  }
#else
  (void)before, (void)between, (void)after;
#endif
  return list;
}

inline bool read_fault(const std::string &value, Options &options, std::string &error) {
#ifdef HIL_FAULTS
  for (const char *fault : kFaults) {
    if (value == fault) {
      options.fault = static_cast<unsigned>(std::stoul(value.substr(1)));
      return true;
    }
  }
  error = "unknown fault \"" + value + "\"; known: " + fault_list("", ", ", "");
#else
  (void)options;
  error = "this library is the clean build and has no fault \"" + value + "\"; the faulty build has them";
#endif
  return false;
}

inline bool read_option(const std::string &key, const std::string &value, Options &options, std::string &error) {
  if (key == "fault") return read_fault(value, options, error);
  if (key == "evals") {
    options.two_evals = value == "2";
    if (value == "1" || value == "2") return true;
    error = "evals is 1 or 2, not \"" + value + "\"";
    return false;
  }
  if (key == "skip") {
    options.skip_idle = value == "1";
    if (value == "0" || value == "1") return true;
    error = "skip is 0 or 1, not \"" + value + "\"";
    return false;
  }
  if (key == "size") {
    if (value == HIL_SIZE) return true;
    error = "this library is of size " HIL_SIZE ", not \"" + value + "\"";
    return false;
  }
  error = "unknown option \"" + key + "\"; known: fault, size, evals, skip";
  return false;
}

// False: error says why.
inline bool read_options(const std::string &text, Options &options, std::string &error) {
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find('&', at);
    if (end == std::string::npos) end = text.size();
    const std::string pair = text.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    if (!read_option(pair.substr(0, equals), value, options, error)) return false;
  }
  return true;
}

}  // namespace hil

#endif
