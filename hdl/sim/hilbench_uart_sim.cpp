// hilbench_uart_sim: the Verilated board in a process of its own; its UART is a unix socket.
//
//   hilbench_uart_sim [--options KEY=VALUE&...] PATH
//
// Listens at PATH and serves one client at a time; the bytes of the socket are the bytes of the UART. Prints one line when
// it listens. Ends on SIGTERM and SIGINT, removes PATH. While the board has nothing to do, its time is the wall clock's and
// the program waits; while it has, its time is that of its own clock.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "uart_model.h"
#include "verilated_stops.h"

namespace {

constexpr size_t kMostWaiting = 1 << 16;  // bytes that the client has not taken: the board's clock stands until then
constexpr unsigned kSliceClocks = 20000;
constexpr int kIdleMs = 5;
constexpr int kAloneMs = 200;

volatile sig_atomic_t stopped;

void stop(int) { stopped = 1; }

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int listen_at(const char *path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) {
    std::fprintf(stderr, "%s: the path is too long for a socket\n", path);
    return -1;
  }
  std::strcpy(address.sun_path, path);
  unlink(path);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(listener, 1) != 0) {
    std::perror(path);
    return -1;
  }
  return listener;
}

class Server {
 public:
  Server(int listener, const hil::Options &options) : listener_(listener), model_(options), ticked_ms_(now_ms()) {}

  void step() {
    wait();
    if (client_ < 0) accept_one();
    if (client_ >= 0) read_some();
    pass_time();
    for (unsigned i = 0; i < kSliceClocks && !model_.is_idle() && model_.received().size() < kMostWaiting; i++) {
      model_.run(UINT64_MAX);
    }
    if (client_ >= 0) write_some();
  }

  ~Server() {
    if (client_ >= 0) close(client_);
  }

 private:
  // Sleeps only when the board has nothing to do.
  void wait() {
    const bool full = model_.received().size() >= kMostWaiting;
    pollfd descriptor = {client_ >= 0 ? client_ : listener_, POLLIN, 0};
    if (client_ >= 0 && !model_.received().empty()) descriptor.events |= POLLOUT;
    const int idle_ms = client_ >= 0 ? kIdleMs : kAloneMs;
    poll(&descriptor, 1, model_.is_idle() || full ? idle_ms : 0);
  }

  // The wall clock counts while the board is idle: busy time is that of its own clock.
  void pass_time() {
    const int64_t now = now_ms();
    if (model_.is_idle()) {
      for (; ticked_ms_ < now && model_.is_idle(); ticked_ms_++) model_.tick();
    }
    ticked_ms_ = now;
  }

  void accept_one() {
    pollfd descriptor = {listener_, POLLIN, 0};
    if (poll(&descriptor, 1, 0) <= 0) return;
    client_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    model_.received().clear();
  }

  void read_some() {
    uint8_t bytes[4096];
    if (model_.bytes_to_send() > sizeof bytes) return;
    const ssize_t count = read(client_, bytes, sizeof bytes);
    if (count > 0) {
      model_.send(bytes, static_cast<size_t>(count));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      hang_up();
    }
  }

  void write_some() {
    auto &received = model_.received();
    while (!received.empty()) {
      const std::vector<uint8_t> bytes(received.begin(), received.begin() + static_cast<long>(std::min<size_t>(received.size(), 4096)));
      const ssize_t count = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        if (count < 0 && errno != EAGAIN && errno != EINTR) hang_up();
        return;
      }
      received.erase(received.begin(), received.begin() + count);
    }
  }

  void hang_up() {
    close(client_);
    client_ = -1;
  }

  int listener_;
  int client_ = -1;
  hil::UartModel model_;
  int64_t ticked_ms_;
};

}  // namespace

int main(int count, char **arguments) {
  const char *path = nullptr;
  std::string text, why;
  for (int i = 1; i < count; i++) {
    if (std::strcmp(arguments[i], "--options") == 0 && i + 1 < count) {
      text = arguments[++i];
    } else if (path == nullptr && arguments[i][0] != '-') {
      path = arguments[i];
    } else {
      path = nullptr;
      break;
    }
  }
  hil::Options options;
  if (path == nullptr || !hil::read_options(text, options, why)) {
    std::fprintf(stderr, "%s%susage: %s [--options KEY=VALUE&...] SOCKET\n", why.c_str(), why.empty() ? "" : "\n", arguments[0]);
    return 2;
  }
  const int listener = listen_at(path);
  if (listener < 0) return 3;
  struct sigaction action = {};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  {
    Server server(listener, options);
    std::printf("listening at %s\n", path);
    std::fflush(stdout);
    while (!stopped) server.step();
  }
  close(listener);
  unlink(path);
  return 0;
}
