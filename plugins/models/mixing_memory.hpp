#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace tandem::models::mixing {

/// Memory that was given back and is taken again: for models that come and go the system would clear every page anew, which
/// takes longer than a short text. Thread-safe.
class Spare final {
 public:
  /// Of exactly this size, with whatever it held; null where there is none.
  static void* take(std::size_t size) {
    const std::lock_guard lock(here().mutex_);
    const auto found = here().blocks_.find(size);
    if (found == here().blocks_.end()) return nullptr;
    void* block = found->second;
    here().blocks_.erase(found);
    here().kept_ -= size;
    return block;
  }
  static void give(void* block, std::size_t size) {
    {
      const std::lock_guard lock(here().mutex_);
      if (here().kept_ + size <= most) {
        here().blocks_.emplace(size, block);
        here().kept_ += size;
        return;
      }
    }
    munmap(block, size);
  }
  ~Spare() {
    for (const auto& [size, block] : blocks_) munmap(block, size);
  }

 private:
  static constexpr std::size_t most = std::size_t{1} << 30;
  static Spare& here() {
    static Spare spare;
    return spare;
  }
  std::mutex mutex_;
  std::multimap<std::size_t, void*> blocks_;
  std::size_t kept_ = 0;
};

/// Numbers that are zero at first, in pages that cost nothing before they are touched. Large arrays ask for large
/// pages: looking up a context misses the address cache at every step otherwise.
template <class T>
class Pages final {
 public:
  Pages() = default;
  explicit Pages(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_ = static_cast<T*>(fresh(bytes()));
  }
  Pages(std::size_t size, const T& value) : Pages(size) { std::fill_n(data_, size, value); }
  Pages(const Pages& other) : size_(other.size_) {
    if (size_ == 0) return;
    void* block = Spare::take(bytes());
    data_ = static_cast<T*>(block ? block : fresh(bytes(), MAP_POPULATE));  // all of them at once: all are written
    std::memcpy(static_cast<void*>(data_), other.data_, bytes());
  }
  Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Pages& operator=(Pages other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pages() {
    if (data_) Spare::give(data_, bytes());
  }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t large = std::size_t{8} << 20;  // a short stream touches few of the small pages
  std::size_t bytes() const { return size_ * sizeof(T); }
  static void* fresh(std::size_t bytes, int flags = 0) {
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (bytes < large ? flags : 0), -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();
    if (bytes >= large) madvise(block, bytes, MADV_HUGEPAGE);  // refusing it costs only time
    return block;
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A text that grows; copies share what was frozen of it, once.
class History final {
 public:
  void push_back(std::uint8_t byte) { own_.push_back(byte); }
  std::size_t size() const { return shared_size_ + own_.size(); }
  std::uint8_t operator[](std::size_t i) const { return i < shared_size_ ? (*shared_)[i] : own_[i - shared_size_]; }
  void freeze() {
    if (shared_) return;
    shared_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(own_));
    shared_size_ = shared_->size();
    own_.clear();
  }

 private:
  std::shared_ptr<const std::vector<std::uint8_t>> shared_;
  std::size_t shared_size_ = 0;
  std::vector<std::uint8_t> own_;
};

}  // namespace tandem::models::mixing
