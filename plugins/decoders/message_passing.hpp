#pragma once

#include <cstdint>
#include <string>
#include <tandem/code.hpp>
#include <vector>

/// The edges of a parity-check matrix in the order in which message passing walks them: row by row.
struct Graph final {
  struct Run final {
    std::uint32_t degree, rows;
  };

  explicit Graph(const tandem::Code& code);

  std::size_t n, k;                          ///< of the code; n values are received
  std::size_t variables;                     ///< columns of the matrix; those from n on are not sent
  std::size_t heaviest = 0;                  ///< largest weight of a row
  std::vector<Run> runs;                     ///< consecutive rows of one weight; empty rows are left out
  std::vector<std::uint32_t> edge_variable;  ///< of each edge, its column
  std::vector<std::uint32_t> variable_end;   ///< of each column, where its edges end in variable_edge
  std::vector<std::uint32_t> variable_edge;  ///< the edges of each column, by row
  std::vector<std::uint32_t> information;    ///< positions of the information bits
  std::size_t edges() const { return edge_variable.size(); }
};

/// How messages travel: what the iterative decoders have in common.
struct Schedule final {
  std::uint32_t iterations = 50;
  bool layered = false, stop = true;
};

/// One call: `rows` rows of received values and where the results belong.
struct Job final {
  const Graph& graph;
  Schedule schedule;
  const float* llr;
  std::size_t rows;
  std::uint8_t *codeword, *info, *converged;
  std::uint32_t* iterations;
};

/// A decoder that passes messages along the edges of the Tanner graph, one SIMD lane a row.
class MessagePassing : public tandem::Decoder {
 public:
  void fields(tandem::Fields& f) override;
  void ready(const tandem::Environment& environment) override;
  void bind(tandem::Component& other) override;
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }
  tandem::Decoded decode(const tandem::Reception& reception) const override;

 protected:
  virtual void run(const Job& job) const = 0;

 private:
  std::unique_ptr<const Graph> graph_;
  Schedule schedule_;
  int iterations_ = 50;
  std::string order_;
};
