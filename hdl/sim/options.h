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
inline constexpr const char *kFaults[] = {
    "M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "M10",
    "M11", "M12", "M13", "M14", "M15", "M16", "M17", "M18", "M19", "M20", "M21",
    "M22", "M23", "M24", "M25", "M26", "M27", "M28", "M29", "M30", "M31",
    "M32", "M33", "M34", "M35", "M36", "M37", "M38", "M39", "M40", "M41",
    "M42", "M43", "M44", "M45", "M46", "M47", "M48", "M49", "M50", "M51",
    "M52", "M53", "M54", "M55", "M56", "M57", "M58", "M59", "M60", "M61",
    "M62", "M63", "M64", "M65", "M66", "M67", "M68", "M69", "M70", "M71",
    "M72", "M73", "M74", "M75", "M76", "M77", "M78", "M79", "M80", "M81",
    "M82"};
#elif defined(HIL_MUTANTS)
// A mutant is chosen as a fault is: by its id, which stands for its number.
struct Mutant {
  const char *id;
  unsigned number;
};
inline constexpr Mutant kFaults[] = {
#include "mutants.h"
};
#endif

struct Options {
  unsigned fault = 0;      // the number of the fault or mutant; 0: none
  bool two_evals = false;  // evals=2: evaluate both clock edges
  std::string coverage;    // coverage=FILE: where the coverage library writes its counts when the device is closed
  bool skip_idle = true;   // skip=0: evaluate the cycles in which nothing can change, too
};

#ifdef HIL_FAULTS
inline std::string id_of(const char *fault) { return fault; }
inline unsigned number_of(const char *fault) { return static_cast<unsigned>(std::stoul(fault + 1)); }
#elif defined(HIL_MUTANTS)
inline std::string id_of(const Mutant &mutant) { return mutant.id; }
inline unsigned number_of(const Mutant &mutant) { return mutant.number; }
#endif

inline std::string fault_list(const char *before, const char *between, const char *after) {
  std::string list;
#if defined(HIL_FAULTS) || defined(HIL_MUTANTS)
  for (const auto &fault : kFaults) {
    if (!list.empty()) list += between;
    list += before + id_of(fault) + after;
  }
#else
  (void)before, (void)between, (void)after;
#endif
  return list;
}

inline bool read_fault(const std::string &value, Options &options, std::string &error) {
#if defined(HIL_FAULTS) || defined(HIL_MUTANTS)
  for (const auto &fault : kFaults) {
    if (value == id_of(fault)) {
      options.fault = number_of(fault);
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
#ifdef HIL_COVERAGE
  if (key == "coverage") {
    options.coverage = value;
    return true;
  }
#endif
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
