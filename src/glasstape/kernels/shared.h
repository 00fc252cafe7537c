// What the kernels share: oneDNN's engine and threads, work cut into parts for XLA's threads, and
// what was made for a problem, kept for the next call.

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "oneapi/dnnl/dnnl.hpp"
#include "xla/ffi/api/ffi.h"

// Of OpenMP; not there where oneDNN was built with other threads.
extern "C" __attribute__((weak)) int omp_get_max_threads();
extern "C" __attribute__((weak)) void omp_set_num_threads(int);

namespace glasstape {

namespace ffi = xla::ffi;

inline const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// While it lives, oneDNN uses the calling thread alone.
class OneThread {
 public:
  OneThread() {
    if (omp_get_max_threads == nullptr || omp_set_num_threads == nullptr) return;
    before_ = omp_get_max_threads();
    if (before_ > 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (before_ > 1) omp_set_num_threads(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = 0;
};

// So many multiplications and additions are worth waking a thread.
constexpr int64_t kLeastOfPart = 1'000'000;

// Work for several threads: each takes the next part until there is none.
class Parts {
 public:
  Parts(int64_t count, std::function<void(int64_t)> work) : count_(count), work_(std::move(work)) {}

  // On the calling thread and as many others as make `threads`; returns when all is done.
  static void run(const std::shared_ptr<Parts>& parts, ffi::ThreadPool& pool, int64_t threads) {
    for (int64_t i = 1; i < threads; ++i) pool.Schedule([parts] { parts->take(); });
    parts->take();
    parts->finish();
  }

 private:
  // Returns when there is no part left to take.
  void take() {
    for (int64_t part = next_++; part < count_; part = next_++) {
      std::exception_ptr error;
      try {
        work_(part);
      } catch (...) {
        error = std::current_exception();
      }
      std::lock_guard<std::mutex> lock(mutex_);
      if (error != nullptr) error_ = error;
      if (++done_ == count_) all_done_.notify_all();
    }
  }

  // Waits for what others have taken; a while awake, since going to sleep and being woken takes
  // as long as a small part.
  void finish() {
    const auto sleepy = std::chrono::steady_clock::now() + kAwake;
    while (done_ < count_ && std::chrono::steady_clock::now() < sleepy) std::this_thread::yield();
    std::unique_lock<std::mutex> lock(mutex_);
    all_done_.wait(lock, [this] { return done_ == count_; });
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

  static constexpr std::chrono::microseconds kAwake{200};

  const int64_t count_;
  const std::function<void(int64_t)> work_;
  std::atomic<int64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable all_done_;
  std::atomic<int64_t> done_{0};
  std::exception_ptr error_;
};

struct Hash {
  size_t operator()(const std::vector<int64_t>& numbers) const {
    size_t hash = 14695981039346656037ull;
    for (int64_t number : numbers) hash = (hash ^ static_cast<size_t>(number)) * 1099511628211ull;
    return hash;
  }
};

// One `Made` for each problem there has been; never destroyed, since threads may still run when the
// process ends.
template <typename Made>
std::shared_ptr<Made> found(ffi::Span<const int64_t> numbers) {
  static auto& known = *new std::unordered_map<std::vector<int64_t>, std::shared_ptr<Made>, Hash>();
  static auto& mutex = *new std::mutex();
  std::vector<int64_t> key(numbers.begin(), numbers.end());
  std::lock_guard<std::mutex> lock(mutex);
  auto& entry = known[key];
  if (entry == nullptr) entry = std::make_shared<Made>(numbers);
  return entry;
}

// Writes the name of oneDNN's code for a problem into `name`, or why there is none, and returns 0
// or 1.
template <typename Made>
int about(const int64_t* numbers, int64_t count, char* name, int64_t room) {
  std::string text;
  int failed = 0;
  try {
    text = found<Made>(ffi::Span<const int64_t>(numbers, count))->about();
  } catch (const std::exception& error) {
    text = error.what();
    failed = 1;
  }
  std::strncpy(name, text.c_str(), room - 1);
  name[room - 1] = '\0';
  return failed;
}

// Runs `compute`, and tells XLA of what goes wrong with it.
template <typename Compute>
ffi::Error told(const std::string& what, Compute compute) {
  try {
    compute();
  } catch (const dnnl::error& error) {
    return ffi::Error::Internal("glasstape: oneDNN refused a " + what + ": " + error.what());
  } catch (const std::bad_alloc&) {
    return ffi::Error(ffi::ErrorCode::kResourceExhausted, "glasstape: no memory for a " + what);
  }
  return ffi::Error::Success();
}

}  // namespace glasstape
