#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <tandem/batch.hpp>
#include <vector>

namespace tandem::models {

/// Large blocks on large pages: a walk over contexts misses the address cache at every step otherwise.
template <class T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class U>
  LargePages(const LargePages<U>&) {}
  T* allocate(std::size_t n) {
    constexpr std::size_t page = std::size_t{2} << 20;
    const std::size_t bytes = n * sizeof(T);
    if (bytes < page) return static_cast<T*>(::operator new(bytes));
    const std::size_t rounded = (bytes + page - 1) / page * page;
    void* block = std::aligned_alloc(page, rounded);
    if (!block) throw std::bad_alloc();
    madvise(block, rounded, MADV_HUGEPAGE);  // a wish: refusing it costs only time
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t n) {
    if (n * sizeof(T) < std::size_t{2} << 20)
      ::operator delete(block);
    else
      std::free(block);
  }
  friend bool operator==(const LargePages&, const LargePages&) { return true; }
};

/// Counts of all symbol strings up to a length, as a trie: the children of a context's node are the symbols seen in it.
/// A trie may stand on a finished one that it shares with others and never changes: a list of children is copied before
/// its first change, so a session over a large model costs what the session itself sees. Not thread-safe while it
/// learns.
class ContextTrie final {
 public:
  using Id = std::uint32_t;
  static constexpr Id root = 0, none = 0;  // the root is no node's child
  struct Node final {
    Token symbol = 0;
    Id child = none;          // the first of `distinct` children side by side
    std::uint32_t count = 0;  // of this string
    std::uint32_t total = 0;  // of the children's counts
    std::uint32_t distinct = 0;
  };
  using Nodes = std::vector<Node, LargePages<Node>>;

  ContextTrie() : own_(1) {}
  explicit ContextTrie(std::shared_ptr<const Nodes> base)
      : base_(std::move(base)), base_nodes_(base_->data()), base_size_(static_cast<Id>(base_->size())) {}

  const Node& operator[](Id id) const { return id < base_size_ ? base_nodes_[id] : own_[id - base_size_]; }
  std::span<const Node> children(Id parent) const {
    const Node& above = (*this)[parent];
    return {above.child == none ? nullptr : &(*this)[above.child], above.distinct};
  }
  /// What the nodes of its own take.
  std::size_t bytes() const { return own_.size() * sizeof(Node); }

  /// The root as this trie may change it.
  Id own_root() {
    if (base_size_ == 0) return root;
    if (own_.empty()) own_.push_back(base_nodes_[root]);
    return base_size_;
  }
  Id find(Id parent, Token symbol) const {
    const Node& above = (*this)[parent];
    if (above.distinct == 0) return none;
    const Node* first = &(*this)[above.child];
    for (std::uint32_t i = 0; i < above.distinct; ++i)
      if (first[i].symbol == symbol) return above.child + i;
    return none;
  }
  /// The same, of a parent this trie may change, with children it may change.
  Id find_own(Id parent, Token symbol) {
    if (const Id first = own(parent).child; first != none && first < base_size_) relocate(parent, own(parent).distinct);
    return find(parent, symbol);
  }
  /// Adds a child without a count to a parent whose children are this trie's own (see find_own). Other children of the
  /// same parent may move: their ids among `held` follow them.
  Id add(Id parent, Token symbol, std::span<Id> held) {
    const std::uint32_t distinct = own(parent).distinct;
    if (std::has_single_bit(distinct) || distinct == 0) {
      const Id before = own(parent).child;
      relocate(parent, distinct + 1);
      for (Id& id : held)
        if (id - before < distinct) id += own(parent).child - before;
    }
    Node& above = own(parent);
    own(above.child + distinct) = {.symbol = symbol};
    ++above.distinct;
    return above.child + distinct;
  }
  void count(Id parent, Id child) {
    ++own(parent).total;
    ++own(child).count;
  }
  void prefetch_children(Id parent) const {
    const Node& above = (*this)[parent];
    if (above.child == none) return;
    const Node* first = &(*this)[above.child];
    __builtin_prefetch(first);
    if (above.distinct > 3) __builtin_prefetch(first + 4);
  }

  /// The nodes of a trie without a base, each list of children with the frequent ones first.
  std::shared_ptr<const Nodes> finish() && {
    for (Id id = 0; id < own_.size(); ++id)
      if (const Node& node = own_[id]; node.distinct > 1)
        std::sort(
            own_.begin() + node.child, own_.begin() + node.child + node.distinct,
            [](const Node& a, const Node& b) { return a.count != b.count ? a.count > b.count : a.symbol < b.symbol; });
    return std::make_shared<const Nodes>(std::move(own_));
  }

 private:
  Node& own(Id id) { return own_[id - base_size_]; }

  // Gives a parent's children a place of their own with room for `room` of them, rounded up to a power of two.
  void relocate(Id parent, std::uint32_t room) {
    const auto size = static_cast<std::size_t>(std::bit_width(room - 1));
    Id to;
    if (!free_[size].empty()) {
      to = free_[size].back();
      free_[size].pop_back();
    } else {
      to = base_size_ + static_cast<Id>(own_.size());
      own_.resize(own_.size() + (std::size_t{1} << size));
    }
    Node& above = own(parent);
    const Id from = above.child;
    above.child = to;
    for (std::uint32_t i = 0; i < above.distinct; ++i) own(to + i) = (*this)[from + i];
    if (from == none || from < base_size_) return;
    for (std::uint32_t i = 0; i < above.distinct; ++i) own(from + i) = {};
    free_[static_cast<std::size_t>(std::bit_width(above.distinct - 1))].push_back(from);
  }

  std::shared_ptr<const Nodes> base_;
  const Node* base_nodes_ = nullptr;
  Id base_size_ = 0;
  Nodes own_;
  std::array<std::vector<Id>, 33> free_;  // former places of children, by the logarithm of their room
};

}  // namespace tandem::models
