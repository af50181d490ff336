// Any linear code by its parity-check matrix.
#include <nlohmann/json.hpp>

#include "linear_code.hpp"
#include "matrix_file.hpp"

namespace {

class ParityCheck final : public LinearCode {
  void fields(tandem::Fields& f) override {
    f("matrix", matrix_)
        .required()
        .doc(
            "the parity-check matrix: an alist, qc or dense 0/1 file; redundant rows are kept for the decoder. Block "
            "columns "
            "that a qc file marks as unsent at the end are punctured: the decoder takes LLR 0 there");
    f("information", information_, "\"first\"")
        .doc(
            "where the information bits stand: \"first\", as far to the front as the checks allow; \"last\", as far to "
            "the back; or a list of k positions from 0, which must be an information set");
    f.source(
        "D. J. C. MacKay, Information Theory, Inference, and Learning Algorithms, 2003, chapters 1 and 47; alist "
        "format");
    f.example(R"({"matrix": "data:llm-sscc-ldpc-49-24"})");
  }

  void ready(const tandem::Environment&) override {
    MatrixFile file;
    try {
      file = read_matrix(matrix_.path);
    } catch (const tandem::Error& error) {
      throw tandem::FieldError("matrix", error.what());
    }
    const std::size_t bits = file.checks.rows() * file.checks.columns();
    if (bits > std::size_t{1} << 31)
      throw tandem::FieldError("matrix", matrix_.path + ": " + std::to_string(file.checks.rows()) + " x " +
                                             std::to_string(file.checks.columns()) +
                                             " is too large: 2^31 entries at most");
    const auto where = nlohmann::json::parse(information_.text);
    if (where == "first" || where == "last") {
      const auto end = where == "first" ? Information::first : Information::last;
      set_matrix(std::move(file.checks), end, file.punctured, "matrix");
      return;
    }
    std::vector<std::uint32_t> positions;
    if (!where.is_array() || where.empty())
      throw tandem::FieldError("information",
                               "must be \"first\", \"last\" or a list of positions, not " + where.dump());
    for (const auto& position : where) {
      if (!position.is_number_unsigned() || position.get<std::uint64_t>() > UINT32_MAX)
        throw tandem::FieldError("information", "a position must be a whole number from 0, not " + position.dump());
      positions.push_back(position.get<std::uint32_t>());
    }
    set_matrix(std::move(file.checks), std::move(positions), file.punctured, "information");
  }

  tandem::File matrix_;
  tandem::Json information_;
};

}  // namespace
TANDEM_PLUGIN(ParityCheck, tandem::Code, "parity-check", "1.0.0",
              "a linear code by the file of its parity-check matrix")
