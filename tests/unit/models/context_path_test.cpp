// The trie against strings in maps.
#include "../../../plugins/models/context_path.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace {
using namespace tandem;
using models::ContextPath;

constexpr Token end = 9;
// What a learning path does, written with strings: counts of symbols behind contexts that hold the frame's beginning at
// most.
struct Slow {
  std::map<std::string, std::map<char, std::uint32_t>> contexts;
  std::string history;
  int order;

  explicit Slow(int highest) : order(highest) {}
  std::string context(int length) const { return history.substr(history.size() - static_cast<std::size_t>(length)); }
  bool knows(const std::string& context, char symbol) const {
    const auto found = contexts.find(context);
    return found != contexts.end() && found->second.contains(symbol);
  }
  // A context exists once it was seen.
  int depth() const {
    int depth = 0;
    while (depth < order && depth < static_cast<int>(history.size()) &&
           knows(context(depth + 1).substr(0, static_cast<std::size_t>(depth)), history.back()))
      ++depth;
    return depth;
  }
  void step(Token token, bool exclusion) {
    const char symbol = static_cast<char>('0' + token);
    const int depth_now = depth();
    int from = 0;
    if (exclusion)
      for (int length = 0; length <= depth_now; ++length)
        if (knows(context(length), symbol)) from = length;
    for (int length = from; length <= depth_now; ++length) ++contexts[context(length)][symbol];
    if (token == end)
      history = order > 0 ? std::string(1, symbol) : std::string();
    else
      history += symbol;
  }
};

void expect_same(const ContextPath& path, const Slow& slow) {
  ASSERT_EQ(path.depth(), slow.depth());
  for (int order = 0; order <= path.depth(); ++order) {
    std::map<char, std::uint32_t> seen;
    std::uint32_t total = 0;
    for (const auto& child : path.seen(order)) {
      seen[static_cast<char>('0' + child.symbol)] = child.count;
      total += child.count;
    }
    const auto found = slow.contexts.find(slow.context(order));
    ASSERT_EQ(seen, found == slow.contexts.end() ? decltype(seen){} : found->second);
    ASSERT_EQ(path.context(order).total, total);
    ASSERT_EQ(path.context(order).distinct, seen.size());
  }
}
void step(ContextPath& path, Slow& slow, Token token, bool exclusion) {
  const int found = path.look_up(token);
  path.learn(exclusion ? found : 0);
  path.move();
  slow.step(token, exclusion);
}

TEST(ContextPath, CountsWhatStringsCount) {
  for (const bool exclusion : {false, true})
    for (const int order : {0, 1, 2, 5, 32}) {
      std::mt19937 random(static_cast<unsigned>(order));
      const models::ContextSettings settings{10, end, order, std::size_t{1} << 30};
      ContextPath path(settings);
      Slow slow(order);
      for (int i = 0; i < 3000; ++i) {
        step(path, slow, random() % 50 == 0 ? end : static_cast<Token>(random() % (i % 300 < 100 ? 2 : 8)), exclusion);
        expect_same(path, slow);
        if (HasFatalFailure()) return;
      }
      step(path, slow, end, exclusion);
      const auto primed = std::move(path).finish();
      const auto untouched = *primed;

      // Frames on top of it learn what a copy learns, and leave it as it was.
      for (int frame = 0; frame < 3; ++frame) {
        ContextPath learning(settings, primed, true), following(settings, primed, false);
        Slow copy = slow, frozen = slow;
        for (int i = 0; i < 300; ++i) {
          const auto token = static_cast<Token>(random() % 8);
          step(learning, copy, token, exclusion);
          expect_same(learning, copy);
          following.look_up(token);
          following.move();
          frozen.history += static_cast<char>('0' + token);
          expect_same(following, frozen);
          if (HasFatalFailure()) return;
        }
      }
      ASSERT_EQ(primed->size(), untouched.size());
      for (std::size_t i = 0; i < untouched.size(); ++i) {
        ASSERT_EQ((*primed)[i].count, untouched[i].count);
        ASSERT_EQ((*primed)[i].child, untouched[i].child);
      }
    }
}
TEST(ContextPath, StopsGrowingAtItsMemory) {
  std::mt19937 random(3);
  const std::size_t limit = 1 << 20;
  const models::ContextSettings settings{10, end, 16, limit};
  ContextPath path(settings);
  for (int i = 0; i < 300'000; ++i) {
    path.learn(path.look_up(static_cast<Token>(random() % 9)));
    path.move();
  }
  const auto primed = std::move(path).finish();
  // A list that moves leaves its place behind: one step may add 2 x vocabulary nodes for each order.
  EXPECT_LE(primed->size() * sizeof(models::ContextTrie::Node), limit + 17 * 32 * sizeof(models::ContextTrie::Node));
  EXPECT_GE(primed->size() * sizeof(models::ContextTrie::Node), limit);
  ContextPath frame(settings, primed, true);
  for (int i = 0; i < 300'000; ++i) {
    frame.learn(frame.look_up(static_cast<Token>(random() % 9)));
    frame.move();
    ASSERT_LE(frame.bytes(), limit + 2 * 17 * 32 * sizeof(models::ContextTrie::Node));
  }
}

}  // namespace
