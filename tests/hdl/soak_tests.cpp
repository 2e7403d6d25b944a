// Random traffic against invalidations: whatever the timing, no translation is used after the completion that covers
// it.
#include <algorithm>

#include "host.h"

using namespace test;

namespace {

constexpr uint32_t kContexts[] = {kNoPasid, 0, 1};
constexpr uint64_t kBase = 0x7F0000200000;  // a 2 MiB block; its first 16 pages are used
constexpr unsigned kPages = 16;

struct Random {
  uint64_t state;
  uint32_t below(uint32_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state >> 33) % limit);
  }
  bool chance(uint32_t percent) { return below(100) < percent; }
};

// A translated address tells from which generation of the page tables it comes, and for whom.
uint64_t physical(unsigned context, uint64_t generation) { return generation << 24 | uint64_t{context} << 21; }

class Soak {
 public:
  Soak(Host &host, uint64_t seed) : host_(host), random_{seed} {
    host_.enable();
    host_.answers_reads = false;
    host_.answers_translations = false;
    host_.write(0x010, {0x1000});
    if (random_.chance(50)) host_.config_write(0x48, random_.below(8) << 12 | random_.below(8) << 5);
    slow_ = random_.chance(50);
    for (unsigned context = 0; context < 3; context++) remap(context, 0, kPages);
  }

  // False: a translation was used after its end.
  bool run(unsigned steps) {
    for (unsigned step = 0; step < steps; step++) {
      if (random_.chance(8)) start();
      if (random_.chance(3)) invalidate();
      if (random_.chance(1)) host_.write(0x00C, {random_.chance(50) ? 0 : random_.below(60)});
      host_.run(1);
      if (!listen()) return false;
      if (random_.chance(slow_ ? 6 : 40)) answer();
    }
    host_.write(0x00C, {0});
    size_t said = 0;
    unsigned cycles = 0;
    for (unsigned quiet = 0; quiet < 500; quiet = said == host_.log.size() && ready_.empty() ? quiet + 1 : 0) {
      said = host_.log.size();
      CHECK(++cycles < 200000);
      host_.run(1);
      if (!listen()) return false;
      answer();
    }
    CHECK_EQUAL(free_tags_, 0xFFFFFFFFu);
    CHECK_EQUAL(host_.read(0x014), 0u);
    CHECK(uses_ > steps / 100);
    return true;
  }

 private:
  struct Invalidation {
    unsigned first, pages;
    bool contexts[3];
    uint64_t generation;
  };

  // New page tables for the pages; all of a context in one 2 MiB page, or in small ones.
  void remap(unsigned context, unsigned first, unsigned pages) {
    generation_++;
    if (random_.chance(30)) {
      for (unsigned page = 0; page < kPages; page++) host_.unmap(kContexts[context], kBase + 4096 * page);
      host_.map(kContexts[context], kBase, physical(context, generation_), 21);
      return;
    }
    const bool was_large = host_.find(kContexts[context], kBase) != nullptr &&
                           host_.find(kContexts[context], kBase)->log2 == 21;
    host_.unmap(kContexts[context], kBase, 21);
    for (unsigned page = 0; page < kPages; page++) {
      if (!was_large && (page < first || page >= first + pages)) continue;
      host_.map(kContexts[context], kBase + 4096 * page, physical(context, generation_) + 4096 * page, 12,
                random_.chance(10) ? kReadOnly : kReadWrite);
    }
  }

  void start() {
    const unsigned context = random_.below(3);
    const uint64_t va = kBase + 4096 * random_.below(kPages - 1) + 4 * random_.below(1024);
    host_.start(random_.below(8), va, kContexts[context], 4 * (1 + random_.below(random_.chance(50) ? 16 : 1024)),
                random_.below(1000), (random_.chance(50) ? kRead : kWrite) | ask(random_.below(4)));
  }

  void invalidate() {
    if (__builtin_popcount(free_tags_) <= 16) return;  // the queue of function 0 holds 16
    unsigned tag = random_.below(32);
    while ((free_tags_ >> tag & 1) == 0) tag = (tag + 1) % 32;
    free_tags_ &= ~(1u << tag);
    const unsigned log2 = random_.below(5);
    Invalidation it = {random_.below(kPages) >> log2 << log2, 1u << log2, {}, 0};
    const unsigned who = random_.below(3);
    const bool global = random_.chance(20);
    for (unsigned context = 0; context < 3; context++) {
      it.contexts[context] = kContexts[who] == kNoPasid || global || context == who;
      if (it.contexts[context]) remap(context, it.first, it.pages);
    }
    it.generation = generation_ - 3;  // the newest that is surely older than this remapping
    for (unsigned context = 0; context < 3; context++) {
      if (!it.contexts[context]) it.generation++;
    }
    pending_[tag] = it;
    host_.send(Host::invalidate(encode(kBase + 4096 * it.first, 12 + log2) | (global ? 1 : 0), tag, kContexts[who]));
  }

  bool listen() {
    for (; heard_ < host_.log.size(); heard_++) {
      const Received &it = host_.log[heard_];
      if (it.is_invalidate_completion()) {
        const unsigned tag = static_cast<unsigned>(__builtin_ctz(it.dw(3)));
        CHECK((free_tags_ >> tag & 1) == 0);
        free_tags_ |= 1u << tag;
        const Invalidation &over = pending_[tag];
        for (unsigned context = 0; context < 3; context++) {
          for (unsigned page = over.first; over.contexts[context] && page < over.first + over.pages; page++) {
            floor_[context][page] = std::max(floor_[context][page], over.generation);
          }
        }
      } else if ((it.is_read() || it.is_write()) && it.at() == 2) {
        uses_++;
        const unsigned page = static_cast<unsigned>(it.address() >> 12 & 0x1FF);
        CHECK(page < kPages);
        if (it.address() >> 24 <= floor_[it.address() >> 21 & 7][page]) return false;
      }
    }
    for (const Received &it : host_.held) {
      // Half of the answers are computed now and delivered later.
      ready_.push_back(it);
      computed_.push_back(it.is_translation_request() && random_.chance(50) ? host_.translation_completion(it) : Tlp{});
    }
    host_.held.clear();
    return true;
  }

  void answer() {
    if (ready_.empty()) return;
    const size_t at = random_.below(static_cast<uint32_t>(ready_.size()));
    host_.split_bytes = random_.chance(50) ? 0 : 8u << random_.below(4);
    if (computed_[at].empty()) {
      host_.answer(ready_[at]);
    } else {
      host_.send(computed_[at]);
    }
    ready_.erase(ready_.begin() + static_cast<long>(at));
    computed_.erase(computed_.begin() + static_cast<long>(at));
  }

  Host &host_;
  Random random_;
  bool slow_ = false;
  uint64_t generation_ = 0;
  uint64_t floor_[3][kPages] = {};  // the newest generation that must not be used
  uint32_t free_tags_ = 0xFFFFFFFF;
  Invalidation pending_[32];
  std::vector<Received> ready_;
  std::vector<Tlp> computed_;
  size_t heard_ = 0;
  size_t uses_ = 0;
};

}  // namespace

TEST(No_translation_is_used_after_its_invalidation_completed) {
  for (uint64_t seed = 1; seed <= 12; seed++) {
    Host host;
    CHECK(Soak(host, seed).run(6000));
  }
}

TEST(No_translation_is_used_after_its_invalidation_completed_whatever_the_size) {
  for (const char *name : {"libhilbench_rtl_small.so", "libhilbench_rtl_large.so"}) {
    for (uint64_t seed = 1; seed <= 6; seed++) {
      Host host(sibling(name));
      CHECK(Soak(host, seed).run(6000));
    }
  }
}

TEST(Random_traffic_finds_the_faults_of_the_cache) {
  for (const char *fault : {"M01", "M05", "M11", "M12", "M14", "M18", "M23", "M32"}) {
    bool found = false;
    for (uint64_t seed = 1; seed <= 12 && !found; seed++) {
      Host host(faulty_library, std::string("fault=") + fault);
      found = !Soak(host, seed).run(6000);
    }
    CHECK(found);
  }
}
