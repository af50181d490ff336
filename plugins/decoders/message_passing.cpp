#include "message_passing.hpp"

#include <algorithm>
#include <tandem/error.hpp>

Graph::Graph(const tandem::Code& code) : n(code.n()), k(code.k()) {
  const tandem::SparseMatrix& checks = *code.checks();
  variables = checks.columns();
  for (std::size_t r = 0; r < checks.rows(); ++r) {
    const auto row = checks.row(r);
    if (row.empty()) continue;
    const auto degree = static_cast<std::uint32_t>(row.size());
    if (runs.empty() || runs.back().degree != degree) runs.push_back({degree, 0});
    ++runs.back().rows;
    heaviest = std::max<std::size_t>(heaviest, degree);
    edge_variable.insert(edge_variable.end(), row.begin(), row.end());
  }
  variable_end.assign(variables, 0);
  for (const auto variable : edge_variable) ++variable_end[variable];
  std::vector<std::uint32_t> next(variables, 0);
  for (std::size_t v = 0, sum = 0; v < variables; ++v) {
    next[v] = static_cast<std::uint32_t>(sum);
    variable_end[v] = static_cast<std::uint32_t>(sum += variable_end[v]);
  }
  variable_edge.resize(edges());
  for (std::uint32_t edge = 0; edge < edges(); ++edge) variable_edge[next[edge_variable[edge]]++] = edge;
  const auto positions = code.information_positions();
  information.assign(positions.begin(), positions.end());
}

void MessagePassing::fields(tandem::Fields& f) {
  f("iterations", iterations_, 50).range(1, 10'000).doc("iterations at most");
  f("schedule", order_, "flooding")
      .choices({"flooding", "layered"})
      .doc(
          "flooding: all checks, then all variables; layered: the checks one after another in row order, each seeing "
          "what "
          "the ones before it have changed");
  f("stop", schedule_.stop, true)
      .doc(
          "end a frame once its hard decision satisfies every check; tested before the first and after each iteration");
}

void MessagePassing::ready(const tandem::Environment&) {
  schedule_.iterations = static_cast<std::uint32_t>(iterations_);
  schedule_.layered = order_ == "layered";
}

void MessagePassing::bind(tandem::Component& other) {
  const auto* code = dynamic_cast<tandem::Code*>(&other);
  if (!code) return;
  if (!code->checks() || code->checks()->ones() == 0)
    throw tandem::Error("message passing needs a code with parity checks", {}, "drop the decoder or take another code");
  if (code->information_positions().size() != code->k()) throw tandem::Error("message passing needs a systematic code");
  graph_ = std::make_unique<const Graph>(*code);
}

tandem::Decoded MessagePassing::decode(const tandem::Reception& reception) const {
  if (!graph_) throw tandem::Error("the decoder was not bound to a code");
  const std::size_t rows = reception.llr.rows();
  if (rows != 0 && reception.llr.row_length() != graph_->n)
    throw tandem::Error("decoding takes rows of " + std::to_string(graph_->n) + " LLRs");
  tandem::Decoded out{.codeword = {rows, graph_->n},
                      .info = {rows, graph_->k},
                      .converged = std::vector<std::uint8_t>(rows),
                      .iterations = std::vector<std::uint32_t>(rows)};
  if (rows == 0) return out;
  run({.graph = *graph_,
       .schedule = schedule_,
       .llr = reception.llr.values().data(),
       .rows = rows,
       .codeword = out.codeword.values().data(),
       .info = out.info.values().data(),
       .converged = out.converged.data(),
       .iterations = out.iterations.data()});
  return out;
}
